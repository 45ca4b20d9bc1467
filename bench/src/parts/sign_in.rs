//! A whole sign-in: what the provider is asked, what is written, and how many people can sign in at
//! once.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bench::apps::{App, PUBLIC};
use http::StatusCode;
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    person::{Person, location},
    rounds::{Rounds, Spread, rounded},
    site::{Connected, Database, Site},
};

/// One after the other.
const ALONE: usize = 200;
/// At once, over and over.
const PEOPLE: usize = 16;
/// What the app asks for. `authorize` is the person's browser.
const ENDPOINTS: [&str; 4] = ["discovery", "keys", "token", "userinfo"];

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Vec<Value>> {
    let mut rows = Vec::new();
    for (name, database) in [
        ("SQLite", Database::Sqlite),
        ("PostgreSQL", Database::Postgres),
    ] {
        let site = Site::start().await?;
        let okta = site.connected(App::Okta, database).await?;
        let mut row = alone(&site, &okta, database).await?;
        row["database"] = name.into();
        let mut per_second = Vec::new();
        let mut callbacks = Vec::new();
        for _ in 0..rounds.number {
            let (number, times) = crowd(&site, &okta, rounds.seconds).await?;
            per_second.push(number / rounds.seconds as f64);
            callbacks.extend(times);
        }
        row["a second, 16 at once"] = rounded(Spread::of(&per_second).median, 0).into();
        row["p99 of its callback in ms"] = rounded(Spread::percentile(&callbacks, 99), 1).into();
        rows.push(row);
    }
    Ok(rows)
}

async fn alone(site: &Site, okta: &Connected, database: Database) -> anyhow::Result<Value> {
    let asked = |endpoint: &&str| site.provider.asked(endpoint);
    let before: usize = ENDPOINTS.iter().map(asked).sum();
    let writes = writes(okta, database)?;
    let spent = okta.running.processor_seconds()?;
    let (mut starts, mut callbacks) = (Vec::new(), Vec::new());
    for _ in 0..ALONE {
        let times = sign_in(&site.client, &okta.running.url).await?;
        starts.push(milliseconds(times.start));
        callbacks.push(milliseconds(times.callback));
    }
    let each = |all: f64| all / ALONE as f64;
    let requests: usize = ENDPOINTS.iter().map(asked).sum();
    let spent = okta.running.processor_seconds()? - spent;
    let mut row = json!({
        "database": "",
        "requests to the provider": rounded(each((requests - before) as f64), 2),
        "/login in ms": rounded(Spread::of(&starts).median, 2),
        "callback in ms": rounded(Spread::of(&callbacks).median, 2),
        "processor time in ms": rounded(each(spent * 1000.0), 2),
    });
    row["write transactions"] = match (writes, self::writes(okta, database)?) {
        (Some(before), Some(after)) => {
            rounded(each(f64::from(after.wrapping_sub(before))), 2).into()
        }
        _ => Value::Null,
    };
    Ok(row)
}

/// How many there have been. SQLite counts them in the file beside its log, after a version and a
/// place of four bytes each.
fn writes(okta: &Connected, database: Database) -> anyhow::Result<Option<u32>> {
    if database == Database::Postgres {
        return Ok(None);
    }
    let file = okta.running.database.trim_start_matches("sqlite:");
    let index = fs::read(format!("{file}-shm"))?;
    let count = index.get(8..12).context("the file is too short")?;
    Ok(Some(u32::from_ne_bytes(count.try_into()?)))
}

struct Times {
    start: Duration,
    callback: Duration,
}

/// Somebody new, from `/login` to the answer of the callback.
async fn sign_in(client: &Client, app: &str) -> anyhow::Result<Times> {
    let mut person = Person::new(client);
    let begun = Instant::now();
    let login = person
        .get(&format!("{app}/login?return_to={PUBLIC}"))
        .await?;
    let start = begun.elapsed();
    let at_provider = person.get(&location(&login)?).await?;
    let callback = location(&at_provider)?;
    let begun = Instant::now();
    let done = person.get(&callback).await?;
    let times = Times {
        start,
        callback: begun.elapsed(),
    };
    ensure!(
        done.status() == StatusCode::SEE_OTHER,
        "{callback} answered {}",
        done.status()
    );
    ensure!(
        location(&done)?.ends_with(PUBLIC),
        "not signed in: {}",
        location(&done)?
    );
    Ok(times)
}

/// How many signed in within that time, and how long the callbacks took.
async fn crowd(site: &Site, okta: &Connected, seconds: u64) -> anyhow::Result<(f64, Vec<f64>)> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let people = (0..PEOPLE).map(|_| {
        let (client, app) = (site.client.clone(), okta.running.url.clone());
        tokio::spawn(async move {
            let mut callbacks = Vec::new();
            while Instant::now() < end {
                let times = sign_in(&client, &app).await?;
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
    Ok((all.len() as f64, all))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
