//! How long it takes until the last of three servers obeys what was changed on one of them: run it
//! with `cargo bench -p axum_okta --bench obey`. It starts its own PostgreSQL, like the tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    dead_code,
    unused_imports
)]

#[path = "../tests/http/harness/mod.rs"]
mod harness;

use std::time::{Duration, Instant};

use axum_okta::{OktaBuilder, roles::RoleTable};
use futures::future::join_all;
use http::{StatusCode, header};
use reqwest::Client;

use harness::{App, Browser, Provider, postgres, session_id, table};

const TIMES: usize = 1000;
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

#[tokio::main]
async fn main() {
    let database = postgres::database().await;
    let on = |builder: OktaBuilder| {
        let builder = builder.database(&database).encryption_key(KEY.to_owned());
        // All of them come from one address.
        builder.sign_ins_per_minute(u32::MAX)
    };
    let servers = [
        App::start_with(on).await,
        App::start_with(on).await,
        App::start_with(on).await,
    ];
    let (_provider, admin) = servers[0].connected().await;
    let session = session_id(&admin.sign_in("/").await);
    let polls = Polls::of(&servers);

    println!("| Change | Median | 99 of 100 | Worst |\n|---|---|---|---|");
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let browser = servers[0].browser();
        let session = session_id(&browser.sign_in("/").await);
        polls.until("/api/identity", &session, StatusCode::OK).await;
        let begun = Instant::now();
        let obeyed = polls.until("/api/identity", &session, StatusCode::UNAUTHORIZED);
        tokio::join!(browser.post("/logout"), obeyed);
        took.push(begun.elapsed());
    }
    report("Sign-out", took);

    let mut took = Vec::new();
    for _ in 0..TIMES {
        admin.set_roles(&table(&[("Engineering", "editor")])).await;
        polls.until("/editors", &session, StatusCode::OK).await;
        let none = RoleTable::default();
        let begun = Instant::now();
        let obeyed = polls.until("/editors", &session, StatusCode::FORBIDDEN);
        tokio::join!(admin.set_roles(&none), obeyed);
        took.push(begun.elapsed());
    }
    report("Role removed", took);
}

/// One client for each server, which keeps its connection.
struct Polls(Vec<(Client, String)>);

impl Polls {
    fn of(servers: &[App]) -> Self {
        let polls = servers.iter().map(|app| (Client::new(), app.url.clone()));
        Self(polls.collect())
    }

    /// Asks every server until its answer is as expected.
    async fn until(&self, path: &str, session: &str, expected: StatusCode) {
        let polls = self.0.iter().map(async |(client, url)| {
            loop {
                let request = client.get(format!("{url}{path}"));
                let request = request.header(header::COOKIE, format!("okta_session={session}"));
                if request.send().await.unwrap().status() == expected {
                    return;
                }
            }
        });
        join_all(polls).await;
    }
}

fn report(change: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |part: f64| {
        let place = (took.len() as f64 * part) as usize;
        took[place.min(took.len() - 1)].as_secs_f64() * 1000.0
    };
    println!(
        "| {change} | {:.1} ms | {:.1} ms | {:.1} ms |",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
