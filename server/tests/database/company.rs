//! A server on SQLite, connected to a provider, and the people who use it.

use std::{
    path::{Path, PathBuf},
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::{StreamExt, stream};
use reqwest::{Client, StatusCode, header, redirect::Policy};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{
    harness::{
        answer::session_id, browser::Browser, form::form, many_sessions::ManySessions,
        provider::Provider,
    },
    support::{Server, command, free_address, start},
};

/// Requests that are under way at once.
const AT_ONCE: usize = 8;
/// 2100.
pub const FAR_AWAY: i64 = 4_102_444_800;

pub struct Company {
    pub folder: TempDir,
    pub server: Server,
    /// Of the admin, who is signed in.
    pub cookie: String,
}

impl Company {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = free_address().await;
        let callback = format!("http://{address}/authorization-code/callback");
        let provider = Provider::start(&callback).await;
        let server = start_at(&address, folder.path(), &[]).await;
        let admin = Browser::new(&server.url);
        admin.enter_setup_code(&server.setup_code).await;
        let connected = admin.connect(&form(&provider)).await;
        assert_eq!(connected.status(), StatusCode::OK);
        let cookie = session_id(&admin.sign_in("/").await);
        Self {
            folder,
            server,
            cookie,
        }
    }

    /// Sessions of that many people, whose cookies these are.
    pub async fn with_sessions(&self, count: usize) -> Vec<String> {
        let mut database = self.database().await;
        let many = ManySessions::like(&self.cookie, &self.key(), &mut database).await;
        let subjects: Vec<String> = (0..count)
            .map(|number| format!("person-{number}"))
            .collect();
        many.insert(&subjects, FAR_AWAY, &mut database).await
    }

    pub async fn database(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let url = format!("sqlite:{}", self.folder.path().join("okta.db").display());
        AnyConnection::connect(&url).await.unwrap()
    }

    pub fn key(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("okta.key")).unwrap()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The operator's command, with the server's configuration.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        command(self.folder.path())
            .args(arguments)
            .output()
            .await
            .unwrap()
    }

    /// A server of this company on another database, at the address that people know.
    pub async fn moved_to(&self, database: &str) -> Server {
        let key = self.key();
        let variables = [
            ("OKTA_DATABASE_URL", database),
            ("OKTA_ENCRYPTION_KEY", &key),
        ];
        let address = self.server.url.strip_prefix("http://").unwrap();
        start_at(address, self.folder.path(), &variables).await
    }

    /// Signs in at the server that is at the company's address. Gives the cookie.
    pub async fn sign_in(&self) -> String {
        session_id(&Browser::new(&self.server.url).sign_in("/").await)
    }

    pub async fn sign_out(&self, cookie: &str) {
        sign_out(&self.server.url, cookie).await;
    }

    /// People who sign in, half of whom sign out again, until they are told to stop.
    pub fn busy(&self) -> Busy {
        let url = self.server.url.clone();
        let is_over = Arc::new(AtomicBool::default());
        let until = is_over.clone();
        let people = tokio::spawn(async move {
            let mut people = People::default();
            while !until.load(Ordering::Relaxed) {
                let cookie = session_id(&Browser::new(&url).sign_in("/").await);
                if people.signed_in.len() > people.signed_out.len() {
                    sign_out(&url, &cookie).await;
                    people.signed_out.push(cookie);
                } else {
                    people.signed_in.push(cookie);
                }
            }
            people
        });
        Busy { is_over, people }
    }

    /// How many of these are signed in.
    pub async fn signed_in(&self, cookies: &[String]) -> usize {
        let client = client();
        let url = format!("{}/api/protected", self.server.url);
        let answers = stream::iter(cookies).map(|cookie| {
            let request = client
                .get(&url)
                .header(header::COOKIE, format!("okta_session={cookie}"));
            async move { request.send().await.unwrap().status() }
        });
        let answers: Vec<StatusCode> = answers.buffer_unordered(AT_ONCE).collect().await;
        let refused = answers
            .iter()
            .filter(|status| **status == StatusCode::UNAUTHORIZED);
        let signed_in = answers.iter().filter(|status| **status == StatusCode::OK);
        assert_eq!(refused.count() + signed_in.clone().count(), answers.len());
        signed_in.count()
    }
}

#[derive(Default)]
pub struct People {
    pub signed_in: Vec<String>,
    pub signed_out: Vec<String>,
}

pub struct Busy {
    is_over: Arc<AtomicBool>,
    people: JoinHandle<People>,
}

impl Busy {
    pub async fn stop(self) -> People {
        self.is_over.store(true, Ordering::Relaxed);
        self.people.await.unwrap()
    }
}

/// Thousands sign in and out: that needs no line each.
const VARIABLES: [(&str, &str); 2] = [("OKTA_ALLOW_HTTP_ISSUER", "true"), ("RUST_LOG", "warn")];

/// A server at an address that people know.
pub async fn start_at(address: &str, folder: &Path, variables: &[(&str, &str)]) -> Server {
    let address = [("LEPTOS_SITE_ADDR", address)];
    start(folder, &[&address, &VARIABLES[..], variables].concat()).await
}

async fn sign_out(url: &str, cookie: &str) {
    let answer = client()
        .post(format!("{url}/logout"))
        .header(header::COOKIE, format!("okta_session={cookie}"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

fn client() -> Client {
    Client::builder().redirect(Policy::none()).build().unwrap()
}
