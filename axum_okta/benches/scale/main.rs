//! A thousand, a hundred thousand, and a million sessions in SQLite and in PostgreSQL: how long a
//! guarded request takes, and how much memory the app. With the most of them, also the list of a
//! person's sessions, the pages and searches of People, and a sign-in while expired sessions are
//! swept.
//!
//! ```sh
//! cargo bench -p axum_okta --bench scale                      # up to a million, in both databases
//! cargo bench -p axum_okta --bench scale -- 1000 50000        # fewer
//! cargo bench -p axum_okta --bench scale -- --json FILE       # for programs, too
//! ```
//!
//! App, provider, and clients share the machine, and PostgreSQL runs on it, too.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod people;
mod served;
mod table;
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

use futures::{StreamExt, stream};
use http::{StatusCode, header};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor};

use crate::{
    harness::{
        answer::session_id, form::form, many_sessions::ManySessions, postgres, provider::Provider,
    },
    served::Served,
    table::Table,
    times::Times,
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const SETUP_CODE: &str = "a-setup-code-for-benchmarks";
const SESSIONS: [usize; 3] = [1000, 100_000, 1_000_000];
const SESSIONS_OF_A_PERSON: usize = 10;
/// One for so many sessions has expired.
const EXPIRED: usize = 10;
/// Of each kind, one after the other.
const REQUESTS: usize = 2000;
const SIGN_INS: usize = 200;
/// So many sessions are used at most, several at a time: more than the app remembers.
const USED: usize = 200_000;
const AT_ONCE: usize = 16;
/// 2100.
const FAR_AWAY: i64 = 4_102_444_800;

#[tokio::main]
async fn main() {
    if served::served().await {
        return;
    }
    let sizes = std::env::args().filter_map(|argument| argument.parse().ok());
    let mut sizes: Vec<usize> = sizes.collect();
    if sizes.is_empty() {
        sizes = SESSIONS.to_vec();
    }
    sizes.sort_unstable();
    sqlx::any::install_default_drivers();
    let mut growth = Table::new(
        "growth",
        &[
            "Database",
            "Live sessions",
            "First request of a session, ms",
            "p99, ms",
            "Again, ms",
            "p99 again, ms",
            "MiB after the start",
            "Sessions used",
            "MiB then",
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("okta.db").display());
    let sqlite = measure("SQLite", &file, &sizes, &mut growth).await;
    let postgres = postgres::database().await;
    let postgres = measure("PostgreSQL", &postgres, &sizes, &mut growth).await;
    let sessions = sizes.last().copied().unwrap_or_default();
    let largest = format!("With {sessions} sessions");
    let columns = [largest.as_str(), "SQLite", "PostgreSQL"];
    let sizing = Table::side_by_side("sizing", columns, sqlite, postgres);
    table::publish(&[growth, sizing]);
}

async fn measure(
    name: &str,
    url: &str,
    sizes: &[usize],
    growth: &mut Table,
) -> Vec<(&'static str, String)> {
    let mut app = Served::start(url).await;
    let provider = Provider::start(&format!("{}/authorization-code/callback", app.url)).await;
    let admin = app.browser();
    admin.enter_setup_code(SETUP_CODE).await;
    let connected = admin.connect(&form(&provider)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    let cookie = session_id(&admin.sign_in("/").await);

    let mut database = AnyConnection::connect(url).await.unwrap();
    let many = ManySessions::like(&cookie, KEY, &mut database).await;
    let (mut subjects, mut cookies) = (Vec::new(), Vec::new());
    let (mut cold, mut warm) = (Times::default(), Times::default());
    for &sessions in sizes {
        eprintln!("{name}, {sessions} sessions");
        let more: Vec<String> = (subjects.len()..sessions)
            .map(|session| format!("person-{}", session / SESSIONS_OF_A_PERSON))
            .collect();
        cookies.extend(many.insert(&more, FAR_AWAY, &mut database).await);
        checkpoint(url, &mut database).await;
        subjects.extend(more);

        app = app.restart().await;
        let at_start = app.mebibytes();
        let few = some_of(&cookies, REQUESTS);
        cold = guarded(&app, &few).await;
        warm = guarded(&app, &few).await;
        let used = some_of(&cookies, USED);
        each_used(&app, &used).await;
        growth.row([
            json!(name),
            json!(sessions),
            milliseconds(&cold, 50),
            milliseconds(&cold, 99),
            milliseconds(&warm, 50),
            milliseconds(&warm, 99),
            json!(at_start),
            json!(used.len()),
            json!(app.mebibytes()),
        ]);
    }

    let people = some_of(&subjects, REQUESTS);
    let mut results = vec![
        ("Guarded request, the first of a session", cold.to_string()),
        ("Guarded request, again", warm.to_string()),
        (
            "List of a person's sessions",
            listed(&many, &people, &mut database).await.to_string(),
        ),
    ];
    people::are_indexed(&mut database).await;
    results.extend(people::measure(&admin, &people).await);
    let mut alone = Times::default();
    for _ in 0..SIGN_INS {
        alone.add_unless_refused(sign_in(&app).await);
    }
    results.push((
        "Callback of a sign-in, with the requests to Okta",
        alone.to_string(),
    ));

    let expired = subjects.len() / EXPIRED;
    many.insert(&subjects[..expired], 1, &mut database).await;
    checkpoint(url, &mut database).await;
    let begun = Instant::now();
    // It sweeps when it starts.
    let app = app.restart().await;
    let mut beside = Times::default();
    while has_expired(&mut database).await {
        beside.add_unless_refused(sign_in(&app).await);
    }
    let sweep = begun.elapsed();
    results.push((
        "The same while a tenth more, expired, is deleted",
        beside.to_string(),
    ));
    results.push((
        "Deleting them, beside sign-ins without a pause",
        format!("{:.1} s", sweep.as_secs_f64()),
    ));
    results
}

/// Has SQLite move into its file what was inserted: otherwise the next who writes anything would
/// have to, and the app never writes so much at once.
async fn checkpoint(url: &str, database: &mut AnyConnection) {
    if url.starts_with("sqlite:") {
        let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
        database.execute(truncate).await.unwrap();
    }
}

/// About so many, from the first to the last.
fn some_of(all: &[String], number: usize) -> Vec<String> {
    let step = (all.len() / number).max(1);
    all.iter().step_by(step).cloned().collect()
}

/// In hundredths.
fn milliseconds(times: &Times, of_hundred: usize) -> Value {
    json!((times.of_hundred(of_hundred) * 100.0).round() / 100.0)
}

/// One request after the other, each with another session.
async fn guarded(app: &Served, cookies: &[String]) -> Times {
    let client = Client::new();
    let mut times = Times::default();
    for cookie in cookies {
        times.add(ask(&client, app, cookie).await);
    }
    times
}

/// Each of them once, several at a time.
async fn each_used(app: &Served, cookies: &[String]) {
    let client = Client::new();
    let used = stream::iter(cookies).for_each_concurrent(AT_ONCE, async |cookie| {
        ask(&client, app, cookie).await;
    });
    used.await;
}

async fn ask(client: &Client, app: &Served, cookie: &str) -> Duration {
    let request = client
        .get(format!("{}/api/protected", app.url))
        .header(header::COOKIE, format!("okta_session={cookie}"));
    let begun = Instant::now();
    let answer = request.send().await.unwrap();
    let time = begun.elapsed();
    assert_eq!(answer.status(), StatusCode::OK);
    time
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

/// How long the callback takes, with the requests to the provider that it makes; nothing when the
/// database was too busy.
async fn sign_in(app: &Served) -> Option<Duration> {
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    let begun = Instant::now();
    let done = browser.page(&callback).await;
    let time = begun.elapsed();
    match done.status() {
        StatusCode::SERVICE_UNAVAILABLE => None,
        status => {
            assert_eq!(status, StatusCode::SEE_OTHER);
            Some(time)
        }
    }
}

async fn has_expired(database: &mut AnyConnection) -> bool {
    let query = "SELECT id_hash FROM okta_session WHERE expires_at <= 2 LIMIT 1";
    database.fetch_optional(query).await.unwrap().is_some()
}
