//! A whole sign-in: what the provider is asked, what is written, and how many people can sign in at
//! once.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Context;
use bench::apps::App;
use serde_json::json;
use sqlx::{AnyConnection, Connection};

use crate::{
    rounds::{Rounds, Spread, rounded},
    sign_in::{milliseconds, sign_in},
    site::{Connected, Database, Site},
    table::Table,
};

/// One after the other.
const ALONE: usize = 200;
/// At once, over and over.
const PEOPLE: usize = 16;
/// What the app asks for. `authorize` is the person's browser.
const ENDPOINTS: [&str; 4] = ["discovery", "keys", "token", "userinfo"];

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Table> {
    sqlx::any::install_default_drivers();
    let mut table = Table::new(&[
        "Database",
        "Requests to the provider",
        "Write transactions",
        "`/login`, ms",
        "Callback, ms",
        "Processor time, ms",
        "A second, 16 at once",
        "p99 of the callback then, ms",
    ]);
    for (name, database) in [
        ("SQLite", Database::Sqlite),
        ("PostgreSQL", Database::Postgres),
    ] {
        let site = Site::start().await?;
        let okta = site.connected(App::Okta, database).await?;
        let alone = Alone::measured(&site, &okta).await?;
        let (mut per_second, mut callbacks) = (Vec::new(), Vec::new());
        for _ in 0..rounds.number {
            let times = crowd(&site, &okta, rounds.seconds).await?;
            per_second.push(times.len() as f64 / rounds.seconds as f64);
            callbacks.extend(times);
        }
        table.row([
            json!(name),
            rounded(alone.requests, 2),
            rounded(alone.writes, 2),
            rounded(Spread::of(&alone.starts).median, 2),
            rounded(Spread::of(&alone.callbacks).median, 2),
            rounded(alone.processor, 2),
            rounded(Spread::of(&per_second).median, 0),
            rounded(Spread::percentile(&callbacks, 99), 1),
        ]);
    }
    Ok(table)
}

/// Sign-ins one after the other: what each costs.
struct Alone {
    requests: f64,
    writes: f64,
    processor: f64,
    starts: Vec<f64>,
    callbacks: Vec<f64>,
}

impl Alone {
    async fn measured(site: &Site, okta: &Connected) -> anyhow::Result<Self> {
        let asked = |endpoint: &&str| site.provider.asked(endpoint);
        let requests: usize = ENDPOINTS.iter().map(asked).sum();
        let writes = writes(okta).await?;
        let spent = okta.running.processor_seconds()?;
        let (mut starts, mut callbacks) = (Vec::new(), Vec::new());
        for _ in 0..ALONE {
            let signed_in = sign_in(&site.client, &okta.running.url, None).await?;
            let times = signed_in.done()?;
            starts.push(milliseconds(times.start));
            callbacks.push(milliseconds(times.callback));
        }
        let each = |all: f64| all / ALONE as f64;
        let now: usize = ENDPOINTS.iter().map(asked).sum();
        Ok(Self {
            requests: each((now - requests) as f64),
            writes: each((self::writes(okta).await? - writes) as f64),
            processor: each((okta.running.processor_seconds()? - spent) * 1000.0),
            starts,
            callbacks,
        })
    }
}

/// How many transactions have written so far.
async fn writes(okta: &Connected) -> anyhow::Result<u64> {
    let database = &okta.running.database;
    let Some(file) = database.strip_prefix("sqlite:") else {
        // Only those that write get a number.
        let next = "SELECT CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT)";
        let mut database = AnyConnection::connect(database).await?;
        let next: String = sqlx::query_scalar(next).fetch_one(&mut database).await?;
        return Ok(next.parse()?);
    };
    // SQLite counts them in the file beside its log, after a version and a place of four bytes each.
    let index = fs::read(format!("{file}-shm"))?;
    let count = index.get(8..12).context("the file is too short")?;
    Ok(u32::from_ne_bytes(count.try_into()?).into())
}

/// How long the callbacks took of everybody who signed in within that time.
async fn crowd(site: &Site, okta: &Connected, seconds: u64) -> anyhow::Result<Vec<f64>> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let people = (0..PEOPLE).map(|_| {
        let (client, app) = (site.client.clone(), okta.running.url.clone());
        tokio::spawn(async move {
            let mut callbacks = Vec::new();
            while Instant::now() < end {
                let times = sign_in(&client, &app, None).await?.done()?;
                callbacks.push(milliseconds(times.callback));
            }
            anyhow::Ok(callbacks)
        })
    });
    let people: Vec<_> = people.collect();
    let mut all = Vec::new();
    for person in people {
        all.extend(person.await??);
    }
    Ok(all)
}
