//! All that runs: the servers, each with its own wire to the database, nginx before them, and the
//! stand-in for Okta.

use std::{fs, path::Path, time::Duration};

use axum_okta::connection::ConnectionForm;
use clap::ValueEnum;
use http::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    sync::{Mutex, MutexGuard},
    time::sleep,
};

use crate::{
    nginx::{Nginx, url_at},
    person::client,
    port::free_port,
    postgres,
    provider::{CLIENT_ID, CLIENT_SECRET, Provider},
    redis::Redis,
    report::FOLDER,
    support::{self, free_address},
    wire::Wire,
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const SETUP_CODE: &str = "a-setup-code-for-endurance";
/// What `docs/deploy.md` says, and what slowing it down needs.
const REDIS: [&str; 6] = [
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--enable-debug-command",
    "local",
];

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum SessionsIn {
    #[default]
    Database,
    Redis,
}

pub struct Site {
    pub url: String,
    pub provider: Provider,
    pub postgres: postgres::Server,
    /// Of the database itself, past the wires.
    pub database: String,
    pub servers: Vec<Server>,
    redis: Option<Mutex<Redis>>,
    nginx: Option<Nginx>,
    folder: TempDir,
}

pub struct Server {
    pub url: String,
    pub wire: Wire,
    variables: Vec<(&'static str, String)>,
    running: Mutex<support::Server>,
}

impl Site {
    /// With so many servers, connected to the stand-in for Okta.
    pub async fn start(
        servers: usize,
        sessions: SessionsIn,
        change: impl FnOnce(&mut ConnectionForm),
    ) -> Self {
        fs::create_dir_all(FOLDER).unwrap();
        let port = free_port().await;
        let url = url_at(port);
        let provider = Provider::start(&format!("{url}/authorization-code/callback")).await;
        let postgres = postgres::Server::running("axum_okta-endurance");
        let database = postgres.database().await;
        let mut site = Self {
            url,
            provider,
            postgres,
            database,
            servers: Vec::new(),
            redis: match sessions {
                SessionsIn::Database => None,
                SessionsIn::Redis => Some(Mutex::new(Redis::start_with(&REDIS))),
            },
            nginx: None,
            folder: tempfile::tempdir().unwrap(),
        };
        for number in 1..=servers {
            let server = site.new_server(number).await;
            site.servers.push(server);
        }
        let urls: Vec<&str> = site
            .servers
            .iter()
            .map(|server| server.url.as_str())
            .collect();
        site.nginx = Some(Nginx::start(port, &urls).await);
        site.connect(change).await;
        site
    }

    async fn new_server(&self, number: usize) -> Server {
        let address = free_address().await;
        let wire = Wire::to(&self.database).await;
        let mut variables = vec![
            ("LEPTOS_SITE_ADDR", address.clone()),
            ("OKTA_BASE_URL", self.url.clone()),
            (
                "OKTA_DATABASE_URL",
                format!("{}&application_name={}", wire.url, name(number)),
            ),
            ("OKTA_ENCRYPTION_KEY", KEY.to_owned()),
            ("OKTA_SETUP_CODE", SETUP_CODE.to_owned()),
            ("OKTA_ALLOW_HTTP_ISSUER", "true".to_owned()),
            ("OKTA_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
        ];
        if let Some(redis) = &self.redis {
            variables.push(("OKTA_SESSIONS_URL", redis.lock().await.url()));
        }
        let running = start(&self.folder, &variables).await;
        Server {
            url: format!("http://{address}"),
            wire,
            variables,
            running: Mutex::new(running),
        }
    }

    async fn connect(&self, change: impl FnOnce(&mut ConnectionForm)) {
        let admin = client(0);
        let setup = admin.post(format!("{}/api/okta/setup", self.url));
        let setup = setup
            .json(&json!({ "setup": SETUP_CODE }))
            .send()
            .await
            .unwrap();
        assert_eq!(setup.status(), StatusCode::NO_CONTENT);
        let mut form = ConnectionForm::new(CLIENT_ID, CLIENT_SECRET, &self.provider.issuer);
        change(&mut form);
        let connect = format!("{}/api/okta/connections/okta", self.url);
        let connected = admin
            .request(Method::PUT, connect)
            .json(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(
            connected.status(),
            StatusCode::OK,
            "{}",
            connected.text().await.unwrap()
        );
        for server in &self.servers {
            server.until_it_signs_in().await;
        }
    }

    /// Where sessions are.
    pub async fn redis(&self) -> MutexGuard<'_, Redis> {
        self.redis.as_ref().unwrap().lock().await
    }

    /// As `kill -9` does.
    pub async fn kill(&self, server: usize) {
        let mut running = self.servers[server].running.lock().await;
        running.child.kill().await.unwrap();
    }

    pub async fn start_again(&self, server: usize) {
        let server = &self.servers[server];
        *server.running.lock().await = start(&self.folder, &server.variables).await;
        server.until_it_signs_in().await;
    }
}

impl Server {
    async fn until_it_signs_in(&self) {
        let client = client(0);
        let login = format!("{}/login", self.url);
        loop {
            let answer = client.get(&login).send().await;
            if answer.is_ok_and(|answer| answer.status() == StatusCode::SEE_OTHER) {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// In bytes, as it is now.
    pub async fn memory(&self) -> u64 {
        let id = self.running.lock().await.child.id().unwrap();
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = resident.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() * 1024
    }
}

/// What the database knows a server by, counted from 1.
pub fn name(number: usize) -> String {
    format!("server{number}")
}

async fn start(folder: &TempDir, variables: &[(&'static str, String)]) -> support::Server {
    let log = Path::new(FOLDER).join("servers.log");
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .unwrap();
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    support::start_logging_to(log.into(), folder.path(), &variables).await
}
