//! One connection against ten thousand: how long the app takes to open, how much memory it needs,
//! and how long a guarded request and a sign-in take.
//!
//! ```sh
//! cargo bench -p axum_okta --bench organizations              # ten thousand
//! cargo bench -p axum_okta --bench organizations -- 1000      # fewer
//! cargo bench -p axum_okta --bench organizations -- --json FILE   # for programs, too
//! ```
//!
//! App, provider, and clients share the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../scale/table.rs"]
mod table;
#[path = "../scale/times.rs"]
mod times;

#[path = "../../tests/http/harness"]
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "the tests use more of it"
)]
mod harness {
    pub mod answer;
    pub mod app;
    pub mod browser;
    pub mod certificate;
    pub mod form;
    pub mod port;
    pub mod provider;
    pub mod routes;
}

use std::time::{Duration, Instant};

use axum_okta::{Okta, OktaBuilder};
use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    AeadCore, KeyInit, XChaCha20Poly1305,
    aead::{Aead, OsRng, Payload},
};
use http::{StatusCode, header};
use reqwest::Client;
use sqlx::Connection;

use crate::{
    harness::{answer::session_id, app::App, form::form, provider::Provider},
    table::Table,
    times::Times,
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const CONNECTIONS: usize = 10_000;
/// Of each kind, one after the other.
const REQUESTS: usize = 2000;
const SIGN_INS: usize = 200;
const OPENINGS: usize = 5;

#[tokio::main]
async fn main() {
    let connections = std::env::args().find_map(|argument| argument.parse().ok());
    let connections = connections.unwrap_or(CONNECTIONS);
    let one = measure(1).await;
    let many = measure(connections).await;
    let many_of_them = format!("{connections} connections");
    let columns = ["", "1 connection", many_of_them.as_str()];
    let table = Table::side_by_side("organizations", columns, one, many);
    table::publish(&[table]);
}

fn with_key(builder: OktaBuilder) -> OktaBuilder {
    let builder = builder.encryption_key(KEY.to_owned());
    builder.sign_ins_per_minute(1_000_000)
}

async fn measure(connections: usize) -> Vec<(&'static str, String)> {
    let app = App::start_with(with_key).await;
    let (_provider, admin) = app.connected().await;
    let mut last = None;
    if connections > 1 {
        let acme = Provider::start(&format!("{}/acme", app.callback())).await;
        let connected = admin.connect_as("acme", &form(&acme)).await;
        assert_eq!(connected.status(), StatusCode::OK);
        add(&app, connections - 2).await;
        last = Some(acme);
    }
    // One of many, and the only one.
    let login = match last {
        Some(_) => "/login?connection=acme",
        None => "/login",
    };
    let app = app.restart_with(with_key).await;
    let mut opening = Times::default();
    let before = resident_kibibytes();
    let mut opened = Vec::new();
    for _ in 0..OPENINGS {
        let builder = with_key(Okta::builder().database(app.database()));
        let begun = Instant::now();
        opened.push(builder.open().await.unwrap());
        opening.add(begun.elapsed());
    }
    let memory = resident_kibibytes().saturating_sub(before) / OPENINGS;
    drop(opened);

    let mut sign_ins = Times::default();
    let mut cookie = String::new();
    for _ in 0..SIGN_INS {
        let (time, session) = sign_in(&app, login).await;
        sign_ins.add(time);
        cookie = session;
    }
    let mut starts = Times::default();
    for _ in 0..SIGN_INS {
        let browser = app.browser();
        let begun = Instant::now();
        let to_okta = browser.page(login).await;
        starts.add(begun.elapsed());
        assert_eq!(to_okta.status(), StatusCode::SEE_OTHER);
    }
    vec![
        ("Opening the app", opening.to_string()),
        ("Memory of the open app", format!("{memory} KiB")),
        ("Guarded request", guarded(&app, &cookie).await.to_string()),
        ("`/login`", starts.to_string()),
        (
            "Callback of a sign-in, with the requests to Okta",
            sign_ins.to_string(),
        ),
    ]
}

/// Rows as they are stored, each with an issuer of its own that nobody asks.
async fn add(app: &App, connections: usize) {
    let key = BASE64_STANDARD.decode(KEY).unwrap();
    let cipher = XChaCha20Poly1305::new_from_slice(&key).unwrap();
    let mut sql = app.sql().await;
    let mut change = sql.begin().await.unwrap();
    for number in 0..connections {
        let name = format!("customer-{number}");
        let place = format!("okta_connection/{name}/client_secret");
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let payload = Payload {
            msg: b"a client secret as long as those of Okta, which have 64 characters",
            aad: place.as_bytes(),
        };
        let message = cipher.encrypt(&nonce, payload).unwrap();
        let secret = BASE64_STANDARD.encode([nonce.as_slice(), &message].concat());
        sqlx::query(
            "INSERT INTO okta_connection \
             (name, id, issuer, client_id, client_secret, connected_at, options, api_token) \
             SELECT $1, 'id of ' || $1, 'https://' || $1 || '.okta.com', '0oa1' || $1, $2, 1, \
             options, '' FROM okta_connection WHERE name = 'acme'",
        )
        .bind(name)
        .bind(secret)
        .execute(&mut *change)
        .await
        .unwrap();
    }
    change.commit().await.unwrap();
}

async fn guarded(app: &App, cookie: &str) -> Times {
    let client = Client::new();
    let mut times = Times::default();
    for _ in 0..REQUESTS {
        let request = client
            .get(format!("{}/api/protected", app.url))
            .header(header::COOKIE, format!("okta_session={cookie}"));
        let begun = Instant::now();
        let answer = request.send().await.unwrap();
        times.add(begun.elapsed());
        assert_eq!(answer.status(), StatusCode::OK);
    }
    times
}

/// How long the callback takes, with the requests to the provider that it makes.
async fn sign_in(app: &App, login: &str) -> (Duration, String) {
    let browser = app.browser();
    let to_okta = browser.page(login).await;
    let callback = browser.at_provider(&to_okta).await;
    let begun = Instant::now();
    let done = browser.page(&callback).await;
    let time = begun.elapsed();
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    (time, session_id(&done))
}

fn resident_kibibytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().split(' ').next();
    number.unwrap().parse().unwrap()
}
