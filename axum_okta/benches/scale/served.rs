//! The app in a process of its own, so that its memory can be told from that of whoever measures it.

use std::{
    fs,
    io::{self, Read},
    net::SocketAddr,
    process::Stdio,
};

use axum_okta::Okta;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};
use tracing::Level;

use crate::{
    KEY, SETUP_CODE,
    harness::{browser::Browser, port::free_port, routes},
};

/// Its first argument, in place of what is measured.
const SERVE: &str = "serve";

pub struct Served {
    pub url: String,
    child: Child,
    address: String,
    database: String,
}

impl Served {
    pub async fn start(database: &str) -> Self {
        let address = format!("127.0.0.1:{}", free_port().await);
        Self::start_at(address, database.to_owned()).await
    }

    /// It remembers nobody.
    pub async fn restart(mut self) -> Self {
        // That is how it is told to stop.
        drop(self.child.stdin.take());
        assert!(self.child.wait().await.unwrap().success());
        Self::start_at(self.address, self.database).await
    }

    async fn start_at(address: String, database: String) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([SERVE, &address, &database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = said.next_line().await.unwrap();
        assert!(ready.is_some(), "the app ended");
        Self {
            url: format!("http://{address}"),
            child,
            address,
            database,
        }
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// The memory that it has now.
    pub fn mebibytes(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id().unwrap());
        let status = fs::read_to_string(status).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() / 1024
    }
}

/// Serves, if this is the app's own process, until its input ends.
pub async fn served() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [serve, address, database] = &arguments[..] else {
        return false;
    };
    if serve != SERVE {
        return false;
    }
    // What is refused says why.
    let warnings = tracing_subscriber::fmt().with_max_level(Level::WARN);
    warnings.with_writer(io::stderr).init();
    let builder = Okta::builder()
        .base_url(format!("http://{address}"))
        .database(database)
        .encryption_key(KEY.to_owned())
        .setup_code(SETUP_CODE.to_owned())
        .allow_http_issuer(true)
        // All of them come from one address.
        .sign_ins_per_minute(u32::MAX);
    let okta = builder.open().await.unwrap();
    okta.prepare_setup().await.unwrap();
    let listener = TcpListener::bind(address).await.unwrap();
    println!("ready");
    let app = routes::router(&okta).into_make_service_with_connect_info::<SocketAddr>();
    let told = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    axum::serve(listener, app)
        .with_graceful_shutdown(async move { drop(told.await) })
        .await
        .unwrap();
    true
}
