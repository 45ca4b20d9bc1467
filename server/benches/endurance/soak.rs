//! For long, while Okta fails, is slow, or stops in the middle, at random: in the end, every
//! session is accounted for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use tokio::time::{Instant, interval, sleep};

use crate::{
    crowd::{Crowd, Habits},
    person::{Person, client, try_live},
    report::{Report, seconds},
    site::{SessionsIn, Site},
};

const HABITS: Habits = Habits {
    pages: (5, 60),
    pause: Duration::from_millis(700),
    stays: 6,
};
/// Of the requests to the token and the revocation endpoint.
const FAILING: f64 = 0.1;
/// How long access tokens are good, in seconds: they are refreshed all the time.
const EXPIRES_IN: i64 = 15;
/// When what the servers keep in memory is filled.
const WARM_AFTER: f64 = 0.3;
/// What may come and go with the requests of a moment.
const GROWTH: f64 = 1.25;

/// Whether every session is accounted for, no answer was wrong, and memory is flat.
pub async fn run(people: usize, minutes: u64) -> bool {
    println!(
        "starting two servers, PostgreSQL, nginx, and a stand-in for Okta that fails at random"
    );
    let site = Site::start(2, SessionsIn::Database, |form| {
        form.options.refresh_tokens = true
    })
    .await;
    let site = Arc::new(site);
    {
        let mut provider = site.provider.now();
        provider.expires_in = EXPIRES_IN;
        provider.failing = FAILING;
    }
    let begun = Instant::now();
    let crowd = Crowd::gather(&site, people, HABITS);
    let memory = watch_memory(&site, &crowd, Duration::from_secs(60 * minutes)).await;
    let tally = crowd.tally.clone();
    let signed_in = crowd.stop().await;
    let sum = tally.since(begun);
    let accounts = Accounts::of(&site, &signed_in).await;

    let mut report = Report::new("soak", &["What", "Result"]);
    let provider = &site.provider;
    for (what, result) in [
        ("Duration", seconds(begun.elapsed())),
        ("People", json!(people)),
        ("Requests", json!(sum.requests)),
        (
            "Errors, such as sign-ins that Okta failed",
            json!(sum.errors),
        ),
        ("Wrong answers", json!(sum.wrong)),
        (
            "Requests of the servers to the token endpoint",
            json!(provider.asked("token")),
        ),
        ("Failed on purpose", json!(provider.asked("failed"))),
        (
            "Granted, and the answer lost",
            json!(provider.asked("lost")),
        ),
        ("Cut off in the middle", json!(provider.asked("cut off"))),
        ("Answered up to 12 s late", json!(provider.asked("slow"))),
        ("Refreshes", json!(provider.asked("refresh"))),
        ("Sign-ins", json!(tally.sign_ins())),
        ("Sign-outs", json!(tally.sign_outs())),
        (
            "Refresh tokens revoked at Okta's stand-in",
            json!(provider.asked("revoked")),
        ),
        ("Sessions that Okta ended by a refusal", json!(sum.lost)),
        (
            "Refusals of Okta's stand-in",
            json!(provider.asked("refused")),
        ),
        (
            "People who are signed in at the end, as they see it",
            json!(accounts.seen),
        ),
        ("As the database has it", json!(accounts.stored)),
        (
            "Sessions of theirs that are missing there",
            json!(accounts.missing),
        ),
        ("Sessions there that nobody has", json!(accounts.unknown)),
        (
            "Sessions of theirs that a server refuses",
            json!(accounts.refused),
        ),
        ("Longest answer", seconds(sum.longest)),
    ] {
        report.row(&[json!(what), result]);
    }
    for (kind, count) in &sum.kinds {
        println!("  {count} × {kind}");
    }
    for (number, samples) in (1..).zip(&memory.0) {
        let samples: Vec<String> = samples.iter().map(|bytes| mebibytes(*bytes)).collect();
        report.note(&format!(
            "Memory of server {number}, in MiB: {}.",
            samples.join(", ")
        ));
    }
    report.write();
    // Okta ends a session that has used its refresh token too late, after an answer was lost.
    let ended_by_okta = sum.lost <= provider.asked("refused");
    sum.wrong == 0 && ended_by_okta && accounts.are_right() && memory.is_flat()
}

/// A row a server, a column a sample.
struct Memory(Vec<Vec<u64>>);

async fn watch_memory(site: &Site, crowd: &Crowd, duration: Duration) -> Memory {
    let begun = Instant::now();
    let mut memory = Memory(vec![Vec::new(); site.servers.len()]);
    let mut samples = interval((duration / 20).max(Duration::from_secs(5)));
    while begun.elapsed() < duration {
        samples.tick().await;
        for (server, samples) in site.servers.iter().zip(&mut memory.0) {
            samples.push(server.memory().await);
        }
        let now: Vec<String> = memory
            .0
            .iter()
            .filter_map(|samples| Some(mebibytes(*samples.last()?)))
            .collect();
        println!(
            "{:>4} s of {} s: {} sign-ins, {} sign-outs, memory in MiB: {}",
            begun.elapsed().as_secs(),
            duration.as_secs(),
            crowd.tally.sign_ins(),
            crowd.tally.sign_outs(),
            now.join(", ")
        );
    }
    memory
}

impl Memory {
    /// Once it is warm, it does not grow.
    fn is_flat(&self) -> bool {
        self.0.iter().all(|samples| {
            let warm = (samples.len() as f64 * WARM_AFTER) as usize;
            let (Some(warm), Some(last)) = (samples.get(warm), samples.last()) else {
                return false;
            };
            let is_flat = *last as f64 <= *warm as f64 * GROWTH;
            if !is_flat {
                println!(
                    "memory grows: {} MiB, then {}",
                    mebibytes(*warm),
                    mebibytes(*last)
                );
            }
            is_flat
        })
    }
}

/// What people think, beside what the database has.
struct Accounts {
    seen: usize,
    stored: usize,
    missing: usize,
    unknown: usize,
    refused: usize,
}

impl Accounts {
    async fn of(site: &Site, people: &[Person]) -> Self {
        // What was begun is stored.
        sleep(Duration::from_secs(2)).await;
        let sessions: Vec<&String> = people
            .iter()
            .filter_map(|person| person.session.as_ref())
            .collect();
        let seen: BTreeSet<String> = sessions.iter().map(|session| key(session)).collect();
        let mut database = PgConnection::connect(&site.database).await.unwrap();
        let stored = sqlx::query_scalar("SELECT id_hash FROM okta_session WHERE person <> ''");
        let stored: Vec<String> = stored.fetch_all(&mut database).await.unwrap();
        let stored: BTreeSet<String> = stored.into_iter().collect();
        let client = client(0);
        let mut refused = 0;
        for server in &site.servers {
            for session in &sessions {
                refused += usize::from(!try_live(&client, &server.url, session).await);
            }
        }
        Self {
            missing: seen.difference(&stored).count(),
            unknown: stored.difference(&seen).count(),
            seen: seen.len(),
            stored: stored.len(),
            refused,
        }
    }

    fn are_right(&self) -> bool {
        self.missing == 0 && self.unknown == 0 && self.refused == 0
    }
}

/// What the database knows a session by.
fn key(session: &str) -> String {
    let id = BASE64_URL_SAFE_NO_PAD.decode(session).unwrap();
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id))
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1024.0 / 1024.0)
}
