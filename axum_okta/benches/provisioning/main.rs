//! A company pushed into SQLite and into PostgreSQL, as Okta pushes it: how fast that goes, how much memory
//! it takes, and how long Okta and people who are signed in wait with so many people there.
//!
//! ```sh
//! cargo bench -p axum_okta --bench provisioning               # 100,000 people, 2,000 groups
//! cargo bench -p axum_okta --bench provisioning -- 5000       # fewer
//! cargo bench -p axum_okta --bench provisioning -- --json FILE    # for programs, too
//! ```
//!
//! App, provider, and Okta share the machine, and PostgreSQL runs on it, too, without `fsync`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod okta;
mod progress;
mod push;
mod reading;
mod signed_in;
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
    pub mod postgres;
    pub mod provider;
    pub mod routes;
}

use std::fs;

use axum_okta::{OktaBuilder, connection::GroupsFrom};
use http::StatusCode;
use serde_json::Value;
use sqlx::{AnyConnection, Connection, Row};

use crate::{
    harness::{app::App, form::form_with, postgres, provider::Provider},
    okta::Okta,
    table::Table,
};

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
const PEOPLE: usize = 100_000;
/// There is a group for so many people.
const PEOPLE_TO_A_GROUP: usize = 50;

type Rows = Vec<(&'static str, String)>;

#[tokio::main]
async fn main() {
    let people = std::env::args().find_map(|argument| argument.parse().ok());
    let people = people.unwrap_or(PEOPLE);
    sqlx::any::install_default_drivers();
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("okta.db").display());
    eprintln!("SQLite");
    let sqlite = measure(&file, people).await;
    eprintln!("PostgreSQL");
    let postgres = measure(&postgres::database().await, people).await;
    let groups = people / PEOPLE_TO_A_GROUP;
    let company = format!("{people} people, {groups} groups");
    let columns = [company.as_str(), "SQLite", "PostgreSQL"];
    let table = Table::side_by_side("provisioning", columns, sqlite, postgres);
    table::publish(&[table]);
}

async fn measure(url: &str, people: usize) -> Rows {
    let on = |builder: OktaBuilder| {
        let builder = builder.database(url).encryption_key(KEY.to_owned());
        // All of them come from one address.
        let builder = builder.sign_ins_per_minute(u32::MAX);
        builder.scim_requests_per_minute(u32::MAX)
    };
    let app = App::start_with(on).await;
    let (provider, token) = connected(&app).await;
    let okta = Okta::of(&app.url, token);
    let (app, without, _) = signed_in::measure(app, &provider, people, on).await;

    let mut rows = Rows::new();
    let memory = resident("VmRSS:");
    let ids = push::people(&okta, people, &mut rows).await;
    push::groups(&okta, &ids, &mut rows).await;
    push::large_group(&okta, &ids[..people / 2], &mut rows).await;
    let grown = resident("VmHWM:").saturating_sub(memory) / 1024;
    rows.push(("Memory during the push, at most", format!("+{grown} MiB")));
    rows.push(("Database", format!("{} MiB", size(url).await)));
    reading::measure(&okta, people, &mut rows).await;

    let (app, with, session) = signed_in::measure(app, &provider, people, on).await;
    let beside = push::beside(&app, &session, &okta, &ids).await;
    for (what, times) in [
        ("Callback of a sign-in, nobody pushed", without.callback),
        ("Callback of a sign-in, all pushed", with.callback),
        (
            "Guarded request, the first of a session, nobody pushed",
            without.read,
        ),
        (
            "Guarded request, the first of a session, all pushed",
            with.read,
        ),
        ("Guarded request, again, nobody pushed", without.again),
        ("Guarded request, again, all pushed", with.again),
        ("Guarded request, beside a push of changes", beside),
    ] {
        rows.push((what, times.to_string()));
    }
    rows
}

/// The provider, and a token for Okta.
async fn connected(app: &App) -> (Provider, String) {
    let (provider, admin) = app.ready_to_connect().await;
    let form = form_with(&provider, |form| {
        form.options.groups_from = GroupsFrom::Provisioning;
    });
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    let made = admin
        .post("/api/okta/connections/okta/provisioning/tokens")
        .await;
    let made: Value = made.json().await.unwrap();
    (provider, made["token"].as_str().unwrap().to_owned())
}

/// In KiB. What was the most counts from when this was asked for the last time.
fn resident(what: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what));
    let number = line.unwrap().trim().split(' ').next();
    number.unwrap().parse().unwrap()
}

/// In MiB.
async fn size(url: &str) -> i64 {
    let mut database = AnyConnection::connect(url).await.unwrap();
    let size = match url.starts_with("sqlite:") {
        true => "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()",
        false => "SELECT pg_database_size(current_database()) AS n",
    };
    let row = sqlx::query(size).fetch_one(&mut database).await.unwrap();
    row.get::<i64, _>("n") / 1024 / 1024
}
