//! The wire between a server and its database, which can fail without either of them noticing.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::future::Either;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Notify, watch},
};
use url::Url;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    Everything,
    /// Nothing that is said on a connection that listens.
    NoNotifications,
    /// As a database that was stopped, or a firewall that forgot.
    Nothing,
}

pub struct Wire {
    /// The database's URL at this end.
    pub url: String,
    carries: watch::Sender<Carries>,
    /// Told when what is open now is lost.
    lost: Arc<Notify>,
}

impl Wire {
    /// To the database at this URL, in clear, so that the wire can tell what listens.
    pub async fn to(database: &str) -> Self {
        let mut url = Url::parse(database).unwrap();
        let to = url.socket_addrs(|| None).unwrap()[0];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        url.set_ip_host(here.ip()).unwrap();
        url.set_port(Some(here.port())).unwrap();
        url.set_query(Some("sslmode=disable"));
        let (carries, carried) = watch::channel(Carries::Everything);
        let lost = Arc::new(Notify::new());
        let loses = lost.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(to).await else {
                    continue;
                };
                let ((near_in, near_out), (far_in, far_out)) =
                    (near.into_split(), far.into_split());
                let listens = Arc::new(AtomicBool::default());
                let there = carry(near_in, far_out, carried.clone(), listens.clone(), true);
                let back = carry(far_in, near_out, carried.clone(), listens, false);
                let loses = loses.clone().notified_owned();
                tokio::spawn(async move {
                    let both = futures::future::join(there, back);
                    match futures::future::select(pin!(both), pin!(loses)).await {
                        Either::Left(_) => {}
                        // Both ends stay open, and hear nothing any more.
                        Either::Right(_) => std::future::pending().await,
                    }
                });
            }
        });
        Self {
            url: url.into(),
            carries,
            lost,
        }
    }

    /// What is open now carries nothing any more, as when a firewall has forgotten it.
    pub fn loses_connections(&self) {
        self.lost.notify_waiters();
    }

    pub fn now_carries(&self, what: Carries) {
        self.carries.send_replace(what);
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut carried: watch::Receiver<Carries>,
    listens: Arc<AtomicBool>,
    to_database: bool,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..length];
        if to_database && bytes.windows(6).any(|word| word == b"LISTEN") {
            listens.store(true, Ordering::Relaxed);
        }
        let may_pass = carried.wait_for(|carries| match carries {
            Carries::Everything => true,
            Carries::NoNotifications => !listens.load(Ordering::Relaxed),
            Carries::Nothing => false,
        });
        if may_pass.await.is_err() || to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
