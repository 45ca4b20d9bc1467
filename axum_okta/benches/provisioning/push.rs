//! What Okta pushes, and how fast that goes.

use std::time::Duration;

use futures::{StreamExt, stream};
use reqwest::Client;

use crate::{
    PEOPLE_TO_A_GROUP, Rows,
    harness::app::App,
    okta::{Okta, email},
    progress::Progress,
    signed_in,
    times::Times,
};

/// Requests at once.
const AT_ONCE: usize = 4;
const MEMBERS: usize = 100;
/// Half of the people are in the largest group. They come in steps.
const STEP: usize = 100;
/// Of each kind, one after the other.
const CHANGES: usize = 1000;
/// People who are updated while somebody else is signed in.
const UPDATES: usize = 4000;

/// Each is looked for, and then created. Gives their IDs.
pub async fn people(okta: &Okta, people: usize, rows: &mut Rows) -> Vec<String> {
    let progress = Progress::of("people", people);
    let push = async |number| {
        let (found, _) = okta.find("userName", &email(number)).await;
        assert_eq!(found["totalResults"], 0);
        let created = okta.create(number).await;
        progress.step();
        created
    };
    let pushed = stream::iter(0..people).map(push).buffered(AT_ONCE);
    let pushed: Vec<_> = pushed.collect().await;
    rows.push((
        "People pushed, each looked for and created",
        progress.rate(),
    ));
    let mut created = Times::default();
    let mut ids = Vec::new();
    for (id, took) in pushed {
        ids.push(id);
        created.add(took);
    }
    rows.push(("`POST /Users`, four at a time", created.to_string()));
    ids
}

pub async fn groups(okta: &Okta, people: &[String], rows: &mut Rows) {
    let groups = people.len() / PEOPLE_TO_A_GROUP;
    let progress = Progress::of("groups", groups);
    let push = async |number: usize| {
        let group = okta.create_group(&format!("Group {number}")).await;
        let first = number * PEOPLE_TO_A_GROUP;
        let members: Vec<_> = people
            .iter()
            .cycle()
            .skip(first)
            .take(MEMBERS)
            .cloned()
            .collect();
        group.add(&members).await;
        progress.step();
    };
    stream::iter(0..groups)
        .map(push)
        .buffered(AT_ONCE)
        .collect::<()>()
        .await;
    rows.push(("Groups pushed, each with 100 members", progress.rate()));

    let group = okta.create_group("Of which members come and go").await;
    group.add(&people[..MEMBERS]).await;
    let (mut added, mut removed) = (Times::default(), Times::default());
    for person in people.iter().rev().take(CHANGES) {
        added.add(group.add(std::slice::from_ref(person)).await);
        removed.add(group.remove(person).await);
    }
    group.delete().await;
    rows.push(("A member added to a group of 100", added.to_string()));
    rows.push(("A member removed from it", removed.to_string()));
}

pub async fn large_group(okta: &Okta, members: &[String], rows: &mut Rows) {
    let group = okta.create_group("In one request").await;
    let took = group.add(members).await;
    rows.push((
        "Half of the people into a group, in one request",
        seconds(took),
    ));
    let took = group.delete().await;
    rows.push(("That group deleted", seconds(took)));

    let group = okta.create_group("In steps").await;
    let progress = Progress::of("steps", members.len().div_ceil(STEP));
    let mut steps = Times::default();
    for step in members.chunks(STEP) {
        steps.add(group.add(step).await);
        progress.step();
    }
    rows.push(("The same in steps of 100", seconds(progress.took())));
    rows.push(("One of these steps", steps.to_string()));
    let (mut added, mut removed) = (Times::default(), Times::default());
    for person in members.iter().step_by((members.len() / CHANGES).max(1)) {
        removed.add(group.remove(person).await);
        added.add(group.add(std::slice::from_ref(person)).await);
    }
    rows.push(("A member removed from that group", removed.to_string()));
    rows.push(("A member added to it", added.to_string()));
}

/// Guarded requests of somebody, one after the other, for as long as Okta updates others.
pub async fn beside(app: &App, session: &str, okta: &Okta, people: &[String]) -> Times {
    let progress = Progress::of("updates", UPDATES.min(people.len() - 1));
    let update = async |number: usize| {
        okta.update(number, &people[number]).await;
        progress.step();
    };
    let updates = stream::iter(1..people.len()).take(UPDATES);
    let updates = updates.map(update).buffered(AT_ONCE).collect::<()>();
    let client = Client::new();
    let mut times = Times::default();
    let asking = async {
        loop {
            times.add(signed_in::ask(&client, &app.url, session).await);
        }
    };
    tokio::select! {
        () = updates => {}
        () = asking => {}
    }
    times
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
