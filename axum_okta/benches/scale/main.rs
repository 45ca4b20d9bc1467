//! A million sessions in SQLite and in PostgreSQL: how long a guarded request takes, the list of a
//! person's sessions, the pages and searches of People, and a sign-in while expired sessions are
//! swept.
//!
//! ```sh
//! cargo bench -p axum_okta --bench scale              # a million, in both databases
//! cargo bench -p axum_okta --bench scale -- 50000     # fewer
//! ```
//!
//! App, provider, and clients share the machine, and PostgreSQL runs on it, too.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod people;
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
    pub mod many_sessions;
    pub mod port;
    pub mod postgres;
    pub mod provider;
    pub mod routes;
}

use std::time::{Duration, Instant};

use axum_okta::OktaBuilder;
use http::{StatusCode, header};
use reqwest::Client;
use sqlx::{AnyConnection, Connection, Executor};

use crate::{
    harness::{
        answer::session_id,
        app::{App, SETUP_CODE},
        form::form,
        many_sessions::ManySessions,
        postgres,
        provider::Provider,
    },
    times::Times,
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const SESSIONS: usize = 1_000_000;
const SESSIONS_OF_A_PERSON: usize = 10;
/// One for so many sessions has expired.
const EXPIRED: usize = 10;
/// Of each kind, one after the other.
const REQUESTS: usize = 2000;
const SIGN_INS: usize = 200;
/// 2100.
const FAR_AWAY: i64 = 4_102_444_800;

#[tokio::main]
async fn main() {
    let sessions = std::env::args().find_map(|argument| argument.parse().ok());
    let sessions = sessions.unwrap_or(SESSIONS);
    sqlx::any::install_default_drivers();
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("okta.db").display());
    let sqlite = measure(&file, sessions).await;
    let postgres = measure(&postgres::database().await, sessions).await;
    println!("{sessions} sessions:\n\n| | SQLite | PostgreSQL |\n|---|---|---|");
    for ((what, sqlite), (_, postgres)) in sqlite.into_iter().zip(postgres) {
        println!("| {what} | {sqlite} | {postgres} |");
    }
}

async fn measure(url: &str, sessions: usize) -> Vec<(&'static str, String)> {
    let on = |builder: OktaBuilder| {
        let builder = builder.database(url).encryption_key(KEY.to_owned());
        // All of them come from one address.
        builder.sign_ins_per_minute(u32::MAX)
    };
    let app = App::start_with(on).await;
    let provider = Provider::start(&app.callback()).await;
    let admin = app.browser();
    admin.enter_setup_code(SETUP_CODE).await;
    let connected = admin.connect(&form(&provider)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let cookie = session_id(&admin.sign_in("/").await);

    let mut database = AnyConnection::connect(url).await.unwrap();
    let many = ManySessions::like(&cookie, KEY, &mut database).await;
    let subjects: Vec<String> = (0..sessions)
        .map(|session| format!("person-{}", session / SESSIONS_OF_A_PERSON))
        .collect();
    let cookies = many.insert(&subjects, FAR_AWAY, &mut database).await;
    let few = |all: &[String]| -> Vec<String> {
        all.iter()
            .step_by((sessions / REQUESTS).max(1))
            .cloned()
            .collect()
    };
    let (cookies, people) = (few(&cookies), few(&subjects));

    // It remembers nobody.
    let app = app.restart_with(on).await;
    let mut results = vec![
        (
            "Guarded request, cold",
            guarded(&app, &cookies).await.to_string(),
        ),
        (
            "Guarded request, warm",
            guarded(&app, &cookies).await.to_string(),
        ),
        (
            "List of a person's sessions",
            listed(&many, &people, &mut database).await.to_string(),
        ),
    ];
    people::are_indexed(&mut database).await;
    results.extend(people::measure(&admin, &people).await);
    let mut alone = Times::default();
    for _ in 0..SIGN_INS {
        alone.add(sign_in(&app).await);
    }
    results.push(("Sign-in", alone.to_string()));

    many.insert(&subjects[..sessions / EXPIRED], 1, &mut database)
        .await;
    let begun = Instant::now();
    // It sweeps when it starts.
    let app = app.restart_with(on).await;
    let mut beside = Times::default();
    while has_expired(&mut database).await {
        beside.add(sign_in(&app).await);
    }
    let sweep = begun.elapsed();
    results.push(("Sign-in during a sweep", beside.to_string()));
    results.push((
        "Sweep of a tenth more",
        format!("{:.1} s", sweep.as_secs_f64()),
    ));
    results
}

/// One request after the other, each with another session.
async fn guarded(app: &App, cookies: &[String]) -> Times {
    let client = Client::new();
    let url = format!("{}/api/protected", app.url);
    let mut times = Times::default();
    for cookie in cookies {
        let request = client
            .get(&url)
            .header(header::COOKIE, format!("okta_session={cookie}"));
        let begun = Instant::now();
        let answer = request.send().await.unwrap();
        times.add(begun.elapsed());
        assert_eq!(answer.status(), StatusCode::OK);
    }
    times
}

/// The query, as the store asks it.
async fn listed(many: &ManySessions, people: &[String], database: &mut AnyConnection) -> Times {
    let mut times = Times::default();
    for person in people {
        let query = sqlx::query(
            "SELECT id_hash, content, expires_at, connection_id, since, last_seen FROM okta_session \
             WHERE person = $1 AND expires_at > $2 ORDER BY since DESC, id_hash",
        );
        let query = query.bind(many.person(person)).bind(2_i64);
        let begun = Instant::now();
        let rows = query.fetch_all(&mut *database).await.unwrap();
        times.add(begun.elapsed());
        assert_eq!(rows.len(), SESSIONS_OF_A_PERSON);
    }
    times
}

/// How long the callback takes, with the requests to the provider that it makes.
async fn sign_in(app: &App) -> Duration {
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    let begun = Instant::now();
    let done = browser.page(&callback).await;
    let time = begun.elapsed();
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    time
}

async fn has_expired(database: &mut AnyConnection) -> bool {
    let query = "SELECT id_hash FROM okta_session WHERE expires_at <= 2 LIMIT 1";
    database.fetch_optional(query).await.unwrap().is_some()
}
