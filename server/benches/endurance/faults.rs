//! One fault after another, while people go on.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    crowd::{Crowd, Habits},
    fault::Fault,
    report::{Report, seconds},
    site::{SessionsIn, Site},
    tally::Tally,
};

const HABITS: Habits = Habits {
    pages: (4, 12),
    pause: Duration::from_millis(400),
    stays: 3,
};
/// Without an error for so long, all is well again.
const CALM: Duration = Duration::from_secs(8);
const LONGEST_UNREST: Duration = Duration::from_secs(90);

/// Whether no answer was wrong, and no session lost.
pub async fn run(people: usize, sessions: SessionsIn) -> bool {
    println!("starting three servers, PostgreSQL, nginx, and a stand-in for Okta");
    let site = Arc::new(Site::start(3, sessions, |_| {}).await);
    let crowd = Crowd::gather(&site, people, HABITS);
    sleep(CALM).await;

    let mut report = Report::new(
        match sessions {
            SessionsIn::Database => "faults",
            SessionsIn::Redis => "faults-redis",
        },
        &[
            "Fault",
            "Requests",
            "Errors",
            "Wrong answers",
            "Sessions lost",
            "Longest answer",
            "Recovered after",
        ],
    );
    let mut is_right = true;
    for &fault in Fault::with(sessions) {
        println!("{}", fault.title());
        let begun = Instant::now();
        fault.cause(&site, &crowd.tally).await;
        let over = Instant::now();
        until_calm(&crowd.tally, over).await;
        let sum = crowd.tally.since(begun);
        let recovered = sum
            .last_error
            .map_or(Duration::ZERO, |last| last.saturating_duration_since(over));
        for (kind, count) in &sum.kinds {
            println!("  {count} × {kind}");
        }
        is_right &= sum.wrong == 0 && sum.lost == 0;
        report.row(&[
            json!(fault.title()),
            json!(sum.requests),
            json!(sum.errors),
            json!(sum.wrong),
            json!(sum.lost),
            seconds(sum.longest),
            seconds(recovered),
        ]);
    }

    println!("everybody who is signed in asks once more");
    let tally = crowd.tally.clone();
    let mut signed_in = crowd.stop().await;
    signed_in.retain(|person| person.session.is_some());
    for person in &mut signed_in {
        person.read_guarded().await;
    }
    let lost = signed_in
        .iter()
        .filter(|person| person.session.is_none())
        .count();
    is_right &= lost == 0;
    report.note(&format!(
        "{} sign-ins and {} sign-outs of {people} people. At the end, {} people were signed in, and {} of their sessions lost.",
        tally.sign_ins(),
        tally.sign_outs(),
        signed_in.len(),
        lost,
    ));
    report.write();
    is_right
}

async fn until_calm(tally: &Tally, over: Instant) {
    while over.elapsed() < LONGEST_UNREST {
        let last = tally.since(over).last_error.unwrap_or(over);
        if last.elapsed() > CALM {
            return;
        }
        sleep(Duration::from_millis(500)).await;
    }
    println!("  no calm after {LONGEST_UNREST:?}");
}
