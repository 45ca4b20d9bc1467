//! Pushes that break off, come twice, or in another order than they were sent: in the end, the app has what
//! Okta has.

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::{GROUP, Pushing, on, on_both, person};
use crate::{
    harness::{self, App, OktaScim, Staff},
    servers::eventually,
};

/// More than an answer shows that nobody asked for.
const LARGE_GROUP: usize = 3000;
const STEP: usize = 100;

on_both! {
    the_same_push_twice
    changes_in_any_order
    a_change_that_comes_late_again
}

impl Pushing {
    fn okta(&self) -> OktaScim {
        OktaScim::to(&[&self.app.url], &self.token)
    }

    async fn members_add(&self, group: &str, people: &[&str]) {
        let members: Vec<_> = people.iter().map(|id| json!({ "value": id })).collect();
        let add = json!([{ "op": "add", "path": "members", "value": members }]);
        self.patched(&format!("/Groups/{group}"), add).await;
    }

    async fn member_remove(&self, group: &str, person: &str) {
        let path = format!("members[value eq \"{person}\"]");
        let remove = json!([{ "op": "remove", "path": path }]);
        self.patched(&format!("/Groups/{group}"), remove).await;
    }
}

async fn the_same_push_twice(pushing: Pushing) {
    let okta = pushing.okta();
    let mut staff = Staff::of(30, 4);
    for _ in 0..2 {
        okta.push(&staff).await.unwrap();
        assert_eq!(okta.pushed().await, staff);
    }
    // And what has changed in Okta meanwhile.
    let first = staff.people.keys().next().unwrap().clone();
    staff.people.insert(first.clone(), false);
    for members in staff.groups.values_mut().take(2) {
        members.clear();
        members.insert(first.clone());
    }
    for _ in 0..2 {
        okta.push(&staff).await.unwrap();
        assert_eq!(okta.pushed().await, staff);
    }
}

/// Each is about somebody else, or another group: none depends on when another one is done.
async fn changes_in_any_order(okta: Pushing) {
    let staff = Staff::of(12, 3);
    let mut groups = Vec::new();
    for name in staff.groups.keys() {
        let body = json!({ "schemas": [GROUP], "displayName": name });
        groups.push((name, okta.create("/Groups", body).await.id()));
    }
    let mut people = Vec::new();
    for name in staff.people.keys().rev() {
        let body = person(name, &format!("00u{name}"));
        people.push((name, okta.create("/Users", body).await.id()));
    }
    let of_people = people.iter().map(async |(name, id)| {
        let active = json!([{ "op": "replace", "value": { "active": staff.people[*name] } }]);
        okta.patched(&format!("/Users/{id}"), active).await;
    });
    let everybody_everywhere = people
        .iter()
        .flat_map(|person| groups.iter().map(move |group| (person, group)));
    let of_members = everybody_everywhere.map(async |((name, person), (group, id))| {
        match staff.groups[*group].contains(*name) {
            true => okta.members_add(id, &[person]).await,
            false => okta.member_remove(id, person).await,
        }
    });
    tokio::join!(join_all(of_members), join_all(of_people));
    assert_eq!(okta.okta().pushed().await, staff);
}

/// Okta pushes a group again as a whole, which puts right what a request did that was overtaken.
async fn a_change_that_comes_late_again(pushing: Pushing) {
    let okta = pushing.okta();
    let mut staff = Staff::of(4, 1);
    okta.push(&staff).await.unwrap();
    let (group, members) = staff.groups.first_key_value().unwrap();
    let (group, gone) = (group.clone(), members.first().unwrap().clone());
    let id = async |endpoint: &str, attribute: &str, name: &str| {
        let filter = format!("{attribute} eq \"{name}\"");
        let found = pushing.find(endpoint, &filter).await;
        found.body["Resources"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let group_id = id("Groups", "displayName", &group).await;
    let person_id = id("Users", "userName", &gone).await;
    pushing.member_remove(&group_id, &person_id).await;
    pushing.members_add(&group_id, &[&person_id]).await;
    staff.groups.get_mut(&group).unwrap().remove(&gone);
    assert_ne!(okta.pushed().await, staff);
    okta.push(&staff).await.unwrap();
    assert_eq!(okta.pushed().await, staff);
}

#[tokio::test]
async fn two_servers_are_pushed_to_at_once() {
    let url = harness::postgres::database().await;
    let one = Pushing::to(App::start_with(on(&url)).await).await;
    let other = App::start_with(on(&url)).await;
    let staff = Staff::of(40, 4);
    let pushes = [
        vec![&*one.app.url],
        vec![&*other.url],
        vec![&*one.app.url, &*other.url],
    ];
    let pushes = pushes.map(|servers| OktaScim::to(&servers, &one.token));
    for pushed in join_all(pushes.iter().map(|okta| okta.push(&staff))).await {
        pushed.unwrap();
    }
    for okta in &pushes {
        assert_eq!(okta.pushed().await, staff);
    }
}

#[tokio::test]
async fn the_database_is_restarted_in_the_middle_of_a_push() {
    let server = harness::postgres::Server::running("axum_okta-postgres-restarted");
    let url = server.database().await;
    let pushing = Pushing::to(App::start_with(on(&url)).await).await;
    let (okta, staff) = (pushing.okta(), Staff::of(60, 6));
    let restarting = async {
        okta.until_answered(50).await;
        let restarted = tokio::task::spawn_blocking(move || {
            server.restart();
            server
        });
        restarted.await.unwrap()
    };
    let breaks_off = async { while okta.push(&staff).await.is_ok() {} };
    let (_server, ()) = tokio::join!(restarting, breaks_off);
    eventually("all is pushed", async || okta.push(&staff).await.is_ok()).await;
    assert_eq!(okta.pushed().await, staff);
}

#[tokio::test]
async fn a_large_group_is_pushed_in_steps_into_sqlite() {
    let pushing = Pushing::on_sqlite().await;
    let url = pushing.app.database();
    a_large_group_is_pushed_in_steps(pushing, &url).await;
}

#[tokio::test]
async fn a_large_group_is_pushed_in_steps_into_postgres() {
    let url = harness::postgres::database().await;
    let pushing = Pushing::to(App::start_with(on(&url)).await).await;
    a_large_group_is_pushed_in_steps(pushing, &url).await;
}

/// `cargo bench --bench provisioning` does the same with fifty thousand, and as many people more.
async fn a_large_group_is_pushed_in_steps(okta: Pushing, url: &str) {
    let people = many_people(&okta, url).await;
    let body = json!({ "schemas": [GROUP], "displayName": "Everyone" });
    let group = okta.create("/Groups", body).await.id();
    for step in people.chunks(STEP) {
        let step: Vec<_> = step.iter().map(String::as_str).collect();
        okta.members_add(&group, &step).await;
    }
    // A step that comes twice, and somebody who has left.
    let step: Vec<_> = people[..STEP].iter().map(String::as_str).collect();
    okta.members_add(&group, &step).await;
    okta.member_remove(&group, &people[STEP]).await;
    let mut expected = people.clone();
    expected.remove(STEP);
    assert_eq!(okta.members(&group).await, expected);

    // In one request, and then nobody.
    let path = format!("/Groups/{group}");
    let all: Vec<_> = people.iter().map(|id| json!({ "value": id })).collect();
    for (members, count) in [(json!(all), LARGE_GROUP), (json!([]), 0)] {
        let replace = json!([{ "op": "replace", "path": "members", "value": members }]);
        let answer = okta.patched(&path, replace).await;
        // The answer to a change of a large group is empty.
        let status = match count {
            0 => StatusCode::OK,
            _ => StatusCode::NO_CONTENT,
        };
        assert_eq!(answer.status, status);
        assert_eq!(okta.members(&group).await.len(), count);
    }
}

/// Like one who was pushed: creating them would take longer than all the rest. Gives their IDs.
async fn many_people(okta: &Pushing, url: &str) -> Vec<String> {
    let one = okta.create("/Users", person("one", "00u1one")).await.id();
    sqlx::any::install_default_drivers();
    let mut database = AnyConnection::connect(url).await.unwrap();
    let insert = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 10001 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000 + {LARGE_GROUP}) \
         INSERT INTO okta_scim_resource (connection, kind, id, name, name_key, external_id, active, content, version, \
         created_at, changed_at) SELECT connection, kind, 'p' || n, 'person ' || n, 'person ' || n, '00u' || n, active, \
         content, version, created_at, changed_at FROM numbers CROSS JOIN okta_scim_resource WHERE id = '{one}'"
    );
    let insert = sqlx::query(AssertSqlSafe(insert));
    insert.execute(&mut database).await.unwrap();
    let numbers = 10_001..=10_000 + LARGE_GROUP;
    numbers.map(|number| format!("p{number}")).collect()
}
