//! How the app's own code finds out what has changed.

use std::collections::HashSet;

use axum_okta::{
    OktaBuilder,
    directory::{Change, Cursor, Directory, DirectoryError},
};
use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};
use tokio::{sync::watch, time::timeout};

use super::{Database, GROUP, Pushing, ada, directory::all, on, on_both, person, send};
use crate::{
    harness::{self, App, PATIENCE},
    servers::eventually,
};

on_both! {
    changes_come_in_their_order_and_say_what_there_is_now
    what_changes_nothing_is_not_told
    of_the_deleted_only_the_deletion_is_left
    a_cursor_that_leads_nowhere_is_refused
}

fn name(change: &Change) -> String {
    match change {
        Change::Person(person) => format!("person {}", person.user_name()),
        Change::PersonDeleted { external_id, .. } => format!("deleted {external_id:?}"),
        Change::Group(group) => format!("group {}", group.name()),
        Change::GroupDeleted { .. } => "group deleted".to_owned(),
        Change::Member(_) => "member".to_owned(),
        Change::MemberRemoved(_) => "member removed".to_owned(),
        Change::ConnectionDeleted { connection, .. } => format!("connection {connection} deleted"),
        other => format!("{other:?}"),
    }
}

pub fn names(changes: &[Change]) -> Vec<String> {
    changes.iter().map(name).collect()
}

/// All that has changed since, and the cursor to go on with.
pub async fn all_since(directory: &Directory, cursor: &Cursor) -> (Vec<Change>, Cursor) {
    let (mut all, mut cursor) = (Vec::new(), cursor.clone());
    loop {
        let changes = directory.changes_since(&cursor).await.unwrap();
        let has_more = changes.has_more();
        cursor = changes.cursor().clone();
        all.extend(changes);
        if !has_more {
            return (all, cursor);
        }
    }
}

pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<_> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

fn members(op: &str, ids: &[&str]) -> Value {
    let ids: Vec<_> = ids.iter().map(|id| json!({ "value": id })).collect();
    json!([{ "op": op, "path": "members", "value": ids }])
}

async fn changes_come_in_their_order_and_say_what_there_is_now(okta: Pushing) {
    let directory = okta.app.okta.directory();
    let start = directory.cursor().await.unwrap();
    let id = okta.create("/Users", ada()).await.id();
    let editors = okta.create("/Groups", group("Editors", &[&id])).await.id();
    let path = format!("/Groups/{editors}");
    okta.patched(&path, members("remove", &[&id])).await;
    let rename = json!([{ "op": "replace", "value": { "displayName": "Authors" } }]);
    okta.patched(&path, rename).await;
    let gone = json!([{ "op": "replace", "value": { "active": false } }]);
    okta.patched(&format!("/Users/{id}"), gone).await;
    let (changes, end) = all_since(&directory, &start).await;
    let expected = [
        "person ada@example.com",
        "group Authors",
        "member",
        "member removed",
        "group Authors",
        "person ada@example.com",
    ];
    assert_eq!(names(&changes), expected);
    let Change::Person(person) = &changes[0] else {
        panic!("{changes:?}");
    };
    assert!(!person.is_active(), "as she is now");
    for change in &changes[2..4] {
        let (Change::Member(one) | Change::MemberRemoved(one)) = change else {
            panic!("{change:?}");
        };
        assert_eq!((one.group(), one.person()), (&*editors, &*id));
    }
    assert!(changes.iter().all(|change| change.connection() == "okta"));
    assert_eq!(all_since(&directory, &end).await, (Vec::new(), end.clone()));
    // From any cursor on the way, it goes on from there.
    okta.send(Method::DELETE, &path, Value::Null).await;
    let (changes, _) = all_since(&directory, &end).await;
    assert_eq!(names(&changes), ["group deleted"]);
}

async fn what_changes_nothing_is_not_told(okta: Pushing) {
    let id = okta.create("/Users", ada()).await.id();
    let editors = okta.create("/Groups", group("Editors", &[&id])).await.id();
    let path = format!("/Groups/{editors}");
    let directory = okta.app.okta.directory();
    let cursor = directory.cursor().await.unwrap();
    okta.patched(&path, members("add", &[&id, "nobody"])).await;
    okta.patched(&path, members("remove", &["nobody"])).await;
    okta.patched(&path, members("replace", &[&id])).await;
    let person = format!("/Users/{id}");
    assert_eq!(
        okta.send(Method::PUT, &person, ada()).await.status,
        StatusCode::OK
    );
    assert_eq!(
        okta.send(Method::POST, "/Users", ada()).await.status,
        StatusCode::CONFLICT
    );
    okta.get(&person).await;
    let (changes, _) = all_since(&directory, &cursor).await;
    assert_eq!(names(&changes), [""; 0]);
}

/// Whoever keeps rows of their own has a person and a group before somebody is in it.
async fn of_the_deleted_only_the_deletion_is_left(okta: Pushing) {
    let directory = okta.app.okta.directory();
    let start = directory.cursor().await.unwrap();
    let id = okta.create("/Users", ada()).await.id();
    let stays = okta.create("/Users", person("grace", "00u2")).await.id();
    let editors = okta
        .create("/Groups", group("Editors", &[&id, &stays]))
        .await
        .id();
    okta.create("/Groups", group("Authors", &[&id, &stays]))
        .await;
    okta.send(Method::DELETE, &format!("/Users/{id}"), Value::Null)
        .await;
    okta.send(Method::DELETE, &format!("/Groups/{editors}"), Value::Null)
        .await;
    let (changes, _) = all_since(&directory, &start).await;
    let expected = [
        "person grace",
        "group Authors",
        "member",
        "deleted Some(\"00u1ada\")",
        "group deleted",
    ];
    assert_eq!(names(&changes), expected);
    assert!(matches!(&changes[3], Change::PersonDeleted { id: gone, .. } if *gone == id));
    assert!(matches!(&changes[4], Change::GroupDeleted { id: gone, .. } if *gone == editors));
    let (memberships, _) = all(async |after| directory.memberships(after).await).await;
    assert_eq!(memberships.len(), 1);
}

async fn a_cursor_that_leads_nowhere_is_refused(okta: Pushing) {
    okta.create("/Users", ada()).await;
    let directory = okta.app.okta.directory();
    let of_the_future = |cursor: &Cursor| {
        let (position, rest) = cursor.as_str().split_once('-').unwrap();
        let position = position.parse::<u64>().unwrap() + 1;
        Cursor::from(format!("{position}-{rest}"))
    };
    let now = directory.cursor().await.unwrap();
    let of_okta = directory.connection("okta").cursor().await.unwrap();
    for cursor in [
        Cursor::from(String::new()),
        Cursor::from("yesterday".to_owned()),
        // A backup from before it was restored.
        of_the_future(&now),
        of_okta,
    ] {
        let changes = directory.changes_since(&cursor).await;
        assert!(
            matches!(changes, Err(DirectoryError::ReadAgain)),
            "{cursor}"
        );
        let changes = directory.next_changes(&cursor).await;
        assert!(
            matches!(changes, Err(DirectoryError::ReadAgain)),
            "{cursor}"
        );
    }
}

#[tokio::test]
async fn a_cursor_from_before_a_restart_goes_on() {
    let okta = Pushing::on_sqlite().await;
    okta.create("/Users", ada()).await;
    let directory = okta.app.okta.directory();
    let stored = directory.cursor().await.unwrap().to_string();
    okta.create("/Users", person("grace", "00u2")).await;
    let Pushing { app, token, .. } = okta;
    let app = app.restart().await;
    let body = person("barbara", "00u3");
    let created = send(&app.browser(), &token, Method::POST, "/Users", body, &[]).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let (changes, _) = all_since(&app.okta.directory(), &stored.into()).await;
    assert_eq!(names(&changes), ["person grace", "person barbara"]);
}

#[tokio::test]
async fn a_cursor_of_more_than_90_days_ago_is_refused_and_a_later_one_goes_on() {
    let okta = Pushing::on_sqlite().await;
    let directory = okta.app.okta.directory();
    let start = directory.cursor().await.unwrap();
    okta.create("/Users", ada()).await;
    okta.create("/Users", person("grace", "00u2")).await;
    let later = directory.cursor().await.unwrap();
    let mut database = okta.app.sql().await;
    sqlx::query("UPDATE okta_scim_batch SET at = 1")
        .execute(&mut database)
        .await
        .unwrap();
    drop(database);
    let Pushing { app, token, .. } = okta;
    // It sweeps when it starts.
    let app = app.restart().await;
    let body = person("barbara", "00u3");
    send(&app.browser(), &token, Method::POST, "/Users", body, &[]).await;
    let directory = app.okta.directory();
    eventually("the changes are swept", async || {
        let changes = directory.changes_since(&start).await;
        matches!(changes, Err(DirectoryError::ReadAgain))
    })
    .await;
    let (changes, _) = all_since(&directory, &later).await;
    assert_eq!(names(&changes), ["person barbara"]);
    // Whoever reads everything again has what the changes no longer tell.
    let (people, _) = all(async |after| directory.people(after).await).await;
    assert_eq!(people.len(), 3);
}

#[tokio::test]
async fn a_cursor_from_before_a_backup_was_restored_is_refused_whatever_was_pushed_since() {
    for database in [Database::Sqlite, Database::Postgres] {
        let (okta, url) = database.pushing(|builder| builder).await;
        let directory = okta.app.okta.directory();
        okta.create("/Users", ada()).await;
        let cursor = directory.cursor().await.unwrap();
        // As if what was pushed up to it had been lost, and as much been pushed since.
        let mut own = AnyConnection::connect(&url).await.unwrap();
        sqlx::query("UPDATE okta_scim_batch SET at = at + 3600")
            .execute(&mut own)
            .await
            .unwrap();
        drop(own);
        okta.create("/Users", person("grace", "00u2")).await;
        okta.create("/Users", person("barbara", "00u3")).await;
        let changes = directory.changes_since(&cursor).await;
        assert!(
            matches!(changes, Err(DirectoryError::ReadAgain)),
            "{changes:?}"
        );
        // One that was made since goes on.
        let now = directory.cursor().await.unwrap();
        okta.create("/Users", person("alan", "00u4")).await;
        let (changes, _) = all_since(&directory, &now).await;
        assert_eq!(names(&changes), ["person alan"]);
    }
}

async fn two_servers(change: impl Fn(OktaBuilder) -> OktaBuilder) -> (Pushing, App) {
    let url = harness::postgres::database().await;
    let one = App::start_with(|builder| change(on(&url)(builder))).await;
    let one = Pushing::to(one).await;
    (one, App::start_with(on(&url)).await)
}

/// Of two changes, the one that began first is committed last.
#[tokio::test]
async fn a_change_that_takes_its_time_is_not_skipped() {
    let (begun, mut started) = watch::channel(false);
    let (go, gone_on) = watch::channel(false);
    let (one, other) = two_servers(|builder| {
        let (begun, gone_on) = (begun.clone(), gone_on.clone());
        builder.on_person_created(move |created| {
            let (begun, mut gone_on) = (begun.clone(), gone_on.clone());
            async move {
                if created.person().user_name() == "slow" {
                    begun.send_replace(true);
                    gone_on.wait_for(|go| *go).await?;
                }
                Ok(())
            }
        })
    })
    .await;
    let directory = other.okta.directory();
    let start = directory.cursor().await.unwrap();
    let slow = one.send(Method::POST, "/Users", person("slow", "00u1"));
    let client = other.browser();
    let meanwhile = async {
        started.wait_for(|begun| *begun).await.unwrap();
        let body = person("quick", "00u2");
        let quick = send(&client, &one.token, Method::POST, "/Users", body, &[]).await;
        assert_eq!(quick.status, StatusCode::CREATED);
        let read = all_since(&directory, &start).await;
        go.send_replace(true);
        read
    };
    let (slow, (changes, cursor)) = tokio::join!(slow, meanwhile);
    assert_eq!(slow.status, StatusCode::CREATED);
    assert_eq!(names(&changes), ["person quick"]);
    let (changes, _) = all_since(&directory, &cursor).await;
    assert_eq!(names(&changes), ["person slow"]);
}

/// Somebody reads along all the time, and makes of it what there is.
#[tokio::test]
async fn of_pushes_in_parallel_from_two_servers_every_change_is_told_once_and_in_order() {
    const PEOPLE: usize = 40;
    let (one, other) = two_servers(|builder| builder).await;
    let directory = other.okta.directory();
    let start = directory.cursor().await.unwrap();
    let team = one.create("/Groups", group("Team", &[])).await.id();
    let (done, is_done) = watch::channel(false);
    let (client, path) = (other.browser(), format!("/Groups/{team}"));
    let (token, path, clients) = (&*one.token, &*path, [&one.client, &client]);
    let push = |number: usize| async move {
        let from = clients[number % 2];
        let body = person(&format!("person{number}"), &format!("00u{number}"));
        let created = send(from, token, Method::POST, "/Users", body, &[]).await;
        assert_eq!(created.status, StatusCode::CREATED);
        let id = created.id();
        let patch = |operations: Value| {
            let body = json!({ "schemas": [super::PATCH_OP], "Operations": operations });
            send(from, token, Method::PATCH, path, body, &[])
        };
        assert!(patch(members("add", &[&id])).await.status.is_success());
        if number.is_multiple_of(4) {
            assert!(patch(members("remove", &[&id])).await.status.is_success());
        }
    };
    let pushing = async {
        join_all((0..PEOPLE).map(push)).await;
        done.send_replace(true);
    };
    let reading = async {
        let (mut all, mut cursor) = (Vec::new(), start);
        loop {
            // Asked before, so that nothing is missed.
            let is_done = *is_done.borrow();
            let changes = directory.changes_since(&cursor).await.unwrap();
            cursor = changes.cursor().clone();
            let is_empty = changes.changes().is_empty();
            all.extend(changes);
            if is_done && is_empty {
                return all;
            }
            tokio::task::yield_now().await;
        }
    };
    let ((), changes) = tokio::join!(pushing, reading);
    let (mut people, mut in_team) = (HashSet::new(), HashSet::new());
    for change in &changes {
        match change {
            Change::Person(person) => {
                assert!(people.insert(person.id().to_owned()), "each once");
            }
            Change::Member(one) => {
                assert!(people.contains(one.person()), "after the person");
                assert!(in_team.insert(one.person().to_owned()), "each once");
            }
            Change::MemberRemoved(one) => assert!(in_team.remove(one.person()), "after it"),
            Change::Group(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(people.len(), PEOPLE);
    let there: HashSet<_> = one.members(&team).await.into_iter().collect();
    assert_eq!(in_team, there);
    assert_eq!(in_team.len(), PEOPLE - PEOPLE.div_ceil(4));
}

/// Also of changes that concern nobody who may be signed in.
#[tokio::test]
async fn whoever_waits_is_told_what_another_server_has_stored() {
    let (one, other) = two_servers(|builder| builder).await;
    let directory = other.okta.directory();
    let cursor = directory.cursor().await.unwrap();
    let waiting = tokio::spawn(async move {
        let mut cursor = cursor;
        loop {
            let changes = directory.next_changes(&cursor).await.unwrap();
            cursor = changes.cursor().clone();
            if !changes.changes().is_empty() {
                return names(changes.changes());
            }
        }
    });
    one.create("/Groups", group("Editors", &[])).await;
    // Sooner than it would look again by itself.
    let told = timeout(PATIENCE, waiting).await.expect("at once");
    assert_eq!(told.unwrap(), ["group Editors"]);
}

#[tokio::test]
async fn whoever_waits_is_told_at_once() {
    let okta = Pushing::on_sqlite().await;
    let directory = okta.app.okta.directory();
    let cursor = directory.cursor().await.unwrap();
    let waiting = directory.next_changes(&cursor);
    let (changes, _) = tokio::join!(timeout(PATIENCE, waiting), okta.create("/Users", ada()));
    let changes = changes.expect("at once").unwrap();
    assert_eq!(names(changes.changes()), ["person ada@example.com"]);
}
