//! A gateway before a provider, which can fail: everybody takes it for the provider.

use std::net::SocketAddr;

use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use super::{app::App, port, provider::Provider};

#[derive(Clone, Copy, Debug)]
pub enum Outage {
    /// The port is closed.
    Closed,
    /// It takes every connection and never answers.
    Silent,
}

pub struct Gateway {
    pub provider: Provider,
    address: SocketAddr,
    carrying: JoinHandle<()>,
}

impl Gateway {
    pub async fn start(app: &App) -> Self {
        let provider = Provider::start(&app.callback()).await;
        let listener = port::listener().await;
        let address = listener.local_addr().unwrap();
        let here = port::url_of(&listener);
        {
            let mut behaviour = provider.now();
            behaviour.discovery = json!({
                "issuer": here,
                "authorization_endpoint": format!("{here}/authorize"),
                "token_endpoint": format!("{here}/token"),
                "userinfo_endpoint": format!("{here}/userinfo"),
                "jwks_uri": format!("{here}/keys"),
                "end_session_endpoint": format!("{here}/logout"),
            });
            behaviour.id_token = json!({ "iss": here });
            behaviour.callback = json!({ "iss": here });
        }
        let carrying = tokio::spawn(forward(listener, provider.issuer.clone()));
        Self {
            provider,
            address,
            carrying,
        }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn fail(&mut self, outage: Outage) {
        self.stop().await;
        if matches!(outage, Outage::Silent) {
            let listener = TcpListener::bind(self.address).await.unwrap();
            self.carrying = tokio::spawn(keep_silent(listener));
        }
    }

    pub async fn come_back(&mut self) {
        self.stop().await;
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.carrying = tokio::spawn(forward(listener, self.provider.issuer.clone()));
    }

    /// Takes the port away, and every connection with it.
    async fn stop(&self) {
        self.carrying.abort();
        while !self.carrying.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

async fn forward(listener: TcpListener, provider: String) {
    let provider = provider.strip_prefix("http://").unwrap().to_owned();
    let mut connections = JoinSet::new();
    while let Ok((mut from, _)) = listener.accept().await {
        let provider = provider.clone();
        connections.spawn(async move {
            let mut to = TcpStream::connect(provider).await.unwrap();
            // Either side may go when it likes.
            let _ended = tokio::io::copy_bidirectional(&mut from, &mut to).await;
        });
    }
}

async fn keep_silent(listener: TcpListener) {
    let mut open = Vec::new();
    while let Ok((connection, _)) = listener.accept().await {
        open.push(connection);
    }
}
