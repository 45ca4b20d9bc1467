//! Everybody signs in when the working week begins. They come when they come, however long others
//! wait.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bench::apps::App;
use indicatif::ProgressBar;
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet, time::sleep_until};

use crate::{
    rounds::{Spread, rounded},
    sign_in::{SignIn, milliseconds, sign_in},
    site::{Connected, Database, Site},
    table::Table,
};

const PEOPLE: u32 = 10_000;
const WITHIN: Duration = Duration::from_secs(60);
/// Whoever comes when so many are signing in waits, which counts for them.
const AT_ONCE: usize = 250;

pub async fn measure() -> anyhow::Result<Table> {
    let mut table = Table::new(&[
        "Database",
        "People",
        "Signed in",
        "Refused or failed",
        "Callback, ms",
        "p99, ms",
        "Longest, ms",
        "Whole sign-in, p99, ms",
        "Last one done after, s",
        "Processor time, s",
    ]);
    for (name, database) in [
        ("SQLite", Database::Sqlite),
        ("PostgreSQL", Database::Postgres),
    ] {
        let site = Site::start().await?;
        let okta = site.connected(App::Okta, database).await?;
        let spent = okta.running.processor_seconds()?;
        let begun = Instant::now();
        let crowd = Crowd::signed_in(&site, &okta, name).await?;
        table.row([
            json!(name),
            json!(PEOPLE),
            json!(crowd.callbacks.len()),
            json!(crowd.refusals()),
            rounded(Spread::of(&crowd.callbacks).median, 1),
            rounded(Spread::percentile(&crowd.callbacks, 99), 1),
            rounded(Spread::of(&crowd.callbacks).highest, 1),
            rounded(Spread::percentile(&crowd.whole, 99), 1),
            rounded(begun.elapsed().as_secs_f64(), 1),
            rounded(okta.running.processor_seconds()? - spent, 1),
        ]);
    }
    Ok(table)
}

#[derive(Default)]
struct Crowd {
    callbacks: Vec<f64>,
    /// From when somebody came.
    whole: Vec<f64>,
    /// What went wrong, and how often.
    refused: BTreeMap<String, usize>,
}

impl Crowd {
    async fn signed_in(site: &Site, okta: &Connected, database: &str) -> anyhow::Result<Self> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let progress = ProgressBar::new(PEOPLE.into());
        progress.println(format!("people, {database}"));
        let mut people = JoinSet::new();
        let begun = Instant::now();
        for number in 0..PEOPLE {
            let comes = begun + WITHIN * number / PEOPLE;
            sleep_until(comes.into()).await;
            let place = places.clone().acquire_owned().await?;
            let (client, app) = (site.client.clone(), okta.running.url.clone());
            people.spawn(async move {
                let name = format!("person-{number}");
                let signed_in = sign_in(&client, &app, Some(&name)).await;
                drop(place);
                (signed_in, milliseconds(comes.elapsed()))
            });
            progress.inc(1);
        }
        let mut crowd = Self::default();
        while let Some(person) = people.join_next().await {
            let (signed_in, whole) = person?;
            crowd.count(signed_in, whole);
        }
        progress.finish_and_clear();
        Ok(crowd)
    }

    fn count(&mut self, signed_in: anyhow::Result<SignIn>, whole: f64) {
        let wrong = match signed_in {
            Ok(SignIn::Done(times)) => {
                self.callbacks.push(milliseconds(times.callback));
                self.whole.push(whole);
                return;
            }
            Ok(SignIn::Refused(status)) => status.as_u16().to_string(),
            Err(error) => error.to_string(),
        };
        *self.refused.entry(wrong).or_default() += 1;
    }

    /// Such as “3 × 503”.
    fn refusals(&self) -> String {
        let each = self.refused.iter();
        let each: Vec<String> = each
            .map(|(wrong, times)| format!("{times} × {wrong}"))
            .collect();
        match each.is_empty() {
            true => "0".to_owned(),
            false => each.join(", "),
        }
    }
}
