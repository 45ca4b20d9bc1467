//! Guarded requests of sessions that aren't in memory yet: each request has another session.

use std::{fs, path::PathBuf};

use anyhow::ensure;
use bench::{
    apps::{App, GUARDED, PUBLIC, okta::KEY},
    harness::many_sessions::ManySessions,
};
use indicatif::ProgressBar;
use serde_json::json;
use sqlx::{AnyConnection, Connection};

use crate::{
    rounds::{Rounds, Spread, rounded},
    site::{Connected, Database, Site},
    table::Table,
    wrk::{self, Target},
};

/// For a second of load: more than can be asked for.
const SESSIONS_A_SECOND: u64 = 20_000;
/// 2100.
const FAR_AWAY: i64 = 4_102_444_800;

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Table> {
    sqlx::any::install_default_drivers();
    let site = Site::start().await?;
    let bare = site.serve(App::Bare).await?;
    let mut table = Table::new(&["Route", "Ratio", "Lowest", "Highest", "A second", "p99, ms"]);
    for (name, database) in [
        ("SQLite", Database::Sqlite),
        ("PostgreSQL", Database::Postgres),
    ] {
        let okta = site.connected(App::Okta, database).await?;
        let files = sessions(&site, &okta, rounds, name).await?;
        let target = |url: &str, path: &str| Target {
            url: format!("{url}{path}"),
            cookie: None,
            page: false,
            process: None,
        };
        let (guarded, baseline) = (
            target(&okta.running.url, GUARDED),
            target(&bare.url, PUBLIC),
        );
        let mut measured = Vec::new();
        for file in &files {
            let beside = wrk::run(&baseline, rounds.seconds, Some(file)).await?;
            let load = wrk::run(&guarded, rounds.seconds, Some(file)).await?;
            let there = SESSIONS_A_SECOND * rounds.seconds;
            ensure!(load.requests <= there, "some sessions were asked for twice");
            measured.push((
                load.per_second(),
                load.per_second() / beside.per_second(),
                load.p99,
            ));
        }
        let of = |value: fn(&(f64, f64, u64)) -> f64| {
            Spread::of(&measured.iter().map(value).collect::<Vec<_>>())
        };
        let ratio = of(|(_, ratio, _)| *ratio);
        table.row([
            json!(format!("this plugin: guarded, read from {name}")),
            rounded(ratio.median, 3),
            rounded(ratio.lowest, 3),
            rounded(ratio.highest, 3),
            rounded(of(|(per_second, ..)| *per_second).median, 0),
            rounded(of(|(.., p99)| *p99 as f64).median / 1000.0, 2),
        ]);
    }
    Ok(table)
}

/// A file of cookies for each round.
async fn sessions(
    site: &Site,
    okta: &Connected,
    rounds: &Rounds,
    name: &str,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut database = AnyConnection::connect(&okta.running.database).await?;
    let (_, cookie) = okta.cookie.split_once('=').unwrap_or_default();
    let many = ManySessions::like(cookie, KEY, &mut database).await;
    let progress = ProgressBar::new(rounds.number as u64);
    progress.println(format!("sessions in {name}"));
    let mut files = Vec::new();
    for round in 0..rounds.number {
        let people = SESSIONS_A_SECOND * rounds.seconds;
        let people: Vec<String> = (0..people)
            .map(|person| format!("{round}-{person}"))
            .collect();
        let cookies = many.insert(&people, FAR_AWAY, &mut database).await;
        let lines: String = cookies
            .iter()
            .map(|cookie| format!("okta_session={cookie}\n"))
            .collect();
        let file = site.folder.path().join(format!("{name}-{round}"));
        fs::write(&file, lines)?;
        files.push(file);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(files)
}
