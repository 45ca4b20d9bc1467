//! The version before and this one, on one PostgreSQL database. Not part of the test run, because it needs the server
//! of the version before. CONTRIBUTING.md has the command.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

/// Of the HTTP tests of axum_okta.
#[path = "../../axum_okta/tests/http/harness"]
#[allow(dead_code, unused_imports, reason = "other tests use more of it")]
mod harness {
    pub mod answer;
    pub mod browser;
    pub mod certificate;
    pub mod form;
    pub mod port;
    pub mod postgres;
    pub mod provider;
}

use std::process::Stdio;

use reqwest::{Client, StatusCode, header, redirect::Policy};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::harness::{
    answer::session_id, browser::Browser, form::form, port::free_port, postgres, provider::Provider,
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

struct Server {
    url: String,
    setup_code: String,
    _child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    async fn start(program: &str, database: &str, port: u16, base_url: &str) -> Self {
        let mut child = Command::new(program)
            .env_clear()
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("OKTA_BASE_URL", base_url)
            .env("OKTA_DATABASE_URL", database)
            .env("OKTA_ENCRYPTION_KEY", KEY)
            .env("OKTA_ALLOW_HTTP_ISSUER", "true")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut setup_code = String::new();
        loop {
            let line = output.next_line().await.unwrap().expect("it listens");
            if let Some(code) = line.strip_prefix("Setup code: ") {
                code.clone_into(&mut setup_code);
            }
            if line.starts_with("Listening on") {
                break;
            }
        }
        Self {
            url: format!("http://127.0.0.1:{port}"),
            setup_code,
            _child: child,
            _output: output,
        }
    }

    async fn is_signed_in(&self, cookie: &str) -> bool {
        let url = format!("{}/api/protected", self.url);
        let answer = client()
            .get(url)
            .header(header::COOKIE, cookie)
            .send()
            .await;
        answer.unwrap().status() == StatusCode::OK
    }

    async fn sign_out(&self, cookie: &str) {
        let url = format!("{}/logout", self.url);
        let answer = client()
            .post(url)
            .header(header::COOKIE, cookie)
            .send()
            .await;
        assert_eq!(answer.unwrap().status(), StatusCode::SEE_OTHER);
    }
}

fn client() -> Client {
    Client::builder().redirect(Policy::none()).build().unwrap()
}

/// Begins at one server and ends at another, as behind a proxy. Browsers keep cookies for the host, whatever the port.
async fn sign_in(begin: &Server, end: &Server) -> String {
    let browser = Browser::new(&begin.url);
    let callback = browser.to_provider_and_back("/").await;
    let (_, path) = callback.split_once("/authorization-code").unwrap();
    let done = browser
        .page(&format!("{}/authorization-code{path}", end.url))
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    format!("okta_session={}", session_id(&done))
}

#[tokio::main]
async fn main() {
    let before = std::env::args()
        .nth(1)
        .expect("the path of the server of the version before");
    let database = postgres::database().await;
    let port = free_port().await;
    let base_url = format!("http://127.0.0.1:{port}");
    let old = Server::start(&before, &database, port, &base_url).await;
    let provider = Provider::start(&format!("{base_url}/authorization-code/callback")).await;
    let admin = Browser::new(&old.url);
    admin.enter_setup_code(&old.setup_code).await;
    assert_eq!(
        admin.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    let first = sign_in(&old, &old).await;
    println!("The version before is set up, and an admin is signed in.");

    let this = env!("CARGO_BIN_EXE_server");
    let new = Server::start(this, &database, free_port().await, &base_url).await;
    assert_eq!(new.setup_code, "");
    assert!(new.is_signed_in(&first).await && old.is_signed_in(&first).await);
    println!("This version has migrated the database. Both know who is signed in.");

    for (begin, end) in [(&old, &old), (&old, &new), (&new, &old), (&new, &new)] {
        let cookie = sign_in(begin, end).await;
        assert!(old.is_signed_in(&cookie).await && new.is_signed_in(&cookie).await);
    }
    println!("Sign-ins begin and end at either, and count on both.");

    for (here, there) in [(&old, &new), (&new, &old)] {
        let cookie = sign_in(here, here).await;
        here.sign_out(&cookie).await;
        assert!(!here.is_signed_in(&cookie).await && !there.is_signed_in(&cookie).await);
    }
    println!("Whoever signs out at one is signed out at the other.");
}
