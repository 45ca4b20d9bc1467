//! Several servers, pushed to at once, and pushes that break off.

use futures::future::join_all;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use sqlx::{AnyPool, Row};

use super::{
    GROUP, Pushing, USER, ada,
    changes::{all_since, group, names},
    on, person, send,
};
use crate::{
    harness::{self, App, Browser, Redis, postgres, session_id, table},
    servers::eventually,
};

/// Two servers on one database.
async fn two_servers() -> (Pushing, App, Browser) {
    let url = postgres::database().await;
    let one = Pushing::to(App::start_with(on(&url)).await).await;
    let other = App::start_with(on(&url)).await;
    let client = other.browser();
    (one, other, client)
}

#[tokio::test]
async fn of_pushes_in_parallel_none_is_lost() {
    let (one, _other, client) = two_servers().await;
    let mut people = Vec::new();
    for number in 0..20 {
        let body = json!({ "schemas": [USER], "userName": format!("person{number}") });
        people.push(one.create("/Users", body).await.id());
    }
    let body = json!({ "schemas": [GROUP], "displayName": "Everyone" });
    let group = one.create("/Groups", body).await.id();
    let path = format!("/Groups/{group}");
    let add = |id: &String| {
        json!({
            "schemas": [super::PATCH_OP],
            "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id }] }],
        })
    };
    let pushes = people.iter().enumerate().map(|(at, id)| {
        let from = if at % 2 == 0 { &one.client } else { &client };
        send(from, &one.token, Method::PATCH, &path, add(id), &[])
    });
    for answer in join_all(pushes).await {
        assert_eq!(answer.status, StatusCode::OK);
    }
    assert_eq!(one.members(&group).await, people);
    // Of one person, different attributes.
    let person = format!("/Users/{}", people[0]);
    let names = [
        "title",
        "nickName",
        "locale",
        "timezone",
        "userType",
        "displayName",
    ];
    let pushes = names.iter().enumerate().map(|(at, name)| {
        let from = if at % 2 == 0 { &one.client } else { &client };
        let body = json!({
            "schemas": [super::PATCH_OP],
            "Operations": [{ "op": "replace", "path": name, "value": name }],
        });
        send(from, &one.token, Method::PATCH, &person, body, &[])
    });
    for answer in join_all(pushes).await {
        assert_eq!(answer.status, StatusCode::OK);
    }
    let person = one.get(&person).await.body;
    for name in names {
        assert_eq!(person[name], name);
    }
}

/// Keeps whoever stores that somebody is in a group waiting, for as long as somebody has the lock.
const KEEP_WAITING: [&str; 2] = [
    "CREATE FUNCTION keep_waiting() RETURNS trigger LANGUAGE plpgsql AS \
     'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NEW; END'",
    "CREATE TRIGGER keep_waiting BEFORE INSERT ON okta_scim_change FOR EACH ROW \
     WHEN (NEW.what = 'member') EXECUTE FUNCTION keep_waiting()",
];
const LOCK: &str = "SELECT pg_advisory_xact_lock(7)::text";
const WAITING: &str =
    "SELECT COUNT(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted";

/// Its changes have no numbers until all of them are stored.
#[tokio::test]
async fn a_push_that_stores_many_changes_holds_up_no_other() {
    let url = postgres::database().await;
    let one = Pushing::to(App::start_with(on(&url)).await).await;
    let other = App::start_with(on(&url)).await;
    let (client, directory) = (other.browser(), other.okta.directory());
    let id = one.create("/Users", ada()).await.id();
    let start = directory.cursor().await.unwrap();
    let own = AnyPool::connect(&url).await.unwrap();
    for statement in KEEP_WAITING {
        sqlx::query(statement).execute(&own).await.unwrap();
    }
    let mut lock = own.begin().await.unwrap();
    sqlx::query(LOCK).execute(&mut *lock).await.unwrap();
    let large = one.send(Method::POST, "/Groups", group("Everyone", &[&id]));
    let meanwhile = async {
        eventually("it stores a change", async || {
            let waiting = sqlx::query(WAITING).fetch_one(&own).await.unwrap();
            waiting.get::<i64, _>("n") > 0
        })
        .await;
        let body = person("quick", "00u2");
        let quick = send(&client, &one.token, Method::POST, "/Users", body, &[]).await;
        assert_eq!(quick.status, StatusCode::CREATED);
        let read = all_since(&directory, &start).await;
        lock.rollback().await.unwrap();
        read
    };
    let (large, (changes, cursor)) = tokio::join!(large, meanwhile);
    assert_eq!(large.status, StatusCode::CREATED);
    assert_eq!(names(&changes), ["person quick"]);
    let (changes, _) = all_since(&directory, &cursor).await;
    assert_eq!(names(&changes), ["group Everyone", "member"]);
}

#[tokio::test]
async fn of_two_creations_one_succeeds() {
    let (one, _other, client) = two_servers().await;
    let create = |from| send(from, &one.token, Method::POST, "/Users", ada(), &[]);
    let answers = [
        create(&one.client),
        create(&client),
        create(&one.client),
        create(&client),
    ];
    let mut statuses: Vec<_> = join_all(answers)
        .await
        .iter()
        .map(|answer| answer.status)
        .collect();
    statuses.sort();
    assert_eq!(statuses, [201, 409, 409, 409]);
}

#[tokio::test]
async fn a_deactivation_and_a_group_count_on_every_server() {
    let (one, _other, client) = two_servers().await;
    one.set(|form| form.options.groups_from = axum_okta::connection::GroupsFrom::Provisioning)
        .await;
    one.admin.set_roles(&table(&[("Editors", "editor")])).await;
    let id = one.create("/Users", ada()).await.id();
    one.provider.now().person = harness::ada();
    let session = session_id(&one.app.browser().sign_in("/").await);
    let status = async |path: &str| {
        let request = client.request(Method::GET, path);
        let request = request.header(header::COOKIE, format!("okta_session={session}"));
        request.send().await.unwrap().status()
    };
    eventually("nobody is an editor", async || {
        status("/editors").await == StatusCode::FORBIDDEN
    })
    .await;
    let body =
        json!({ "schemas": [GROUP], "displayName": "Editors", "members": [{ "value": id }] });
    one.create("/Groups", body).await;
    eventually("an editor", async || {
        status("/editors").await == StatusCode::OK
    })
    .await;
    let gone = json!([{ "op": "replace", "value": { "active": false } }]);
    one.patched(&format!("/Users/{id}"), gone).await;
    eventually("signed out", async || {
        status("/api/identity").await == StatusCode::UNAUTHORIZED
    })
    .await;
}

/// A message to the other servers has no room for a long subject.
#[tokio::test]
async fn whoever_has_a_long_subject_is_signed_out_on_every_server_too() {
    let (one, _other, client) = two_servers().await;
    let subject = "00u".repeat(70);
    let person = person("ada@example.com", &subject);
    let id = one.create("/Users", person).await.id();
    let mut ada = harness::ada();
    ada["sub"] = json!(subject);
    one.provider.now().person = ada;
    let session = session_id(&one.app.browser().sign_in("/").await);
    let status = async || {
        let request = client.request(Method::GET, "/api/identity");
        let request = request.header(header::COOKIE, format!("okta_session={session}"));
        request.send().await.unwrap().status()
    };
    eventually("signed in", async || status().await == StatusCode::OK).await;
    let gone = json!([{ "op": "replace", "value": { "active": false } }]);
    one.patched(&format!("/Users/{id}"), gone).await;
    eventually("signed out", async || {
        status().await == StatusCode::UNAUTHORIZED
    })
    .await;
}

#[tokio::test]
async fn sessions_in_redis_end_too() {
    let redis = Redis::start();
    let url = redis.url();
    let okta = Pushing::to(App::start_with(|builder| builder.sessions_url(url)).await).await;
    let id = okta.create("/Users", ada()).await.id();
    let browser = okta.app.signed_in(&okta.provider, harness::ada()).await;
    assert!(browser.is_signed_in().await);
    let gone = json!([{ "op": "replace", "value": { "active": false } }]);
    okta.patched(&format!("/Users/{id}"), gone).await;
    assert!(!browser.is_signed_in().await);
}

/// What was answered is there after a restart, and what wasn't is pushed again.
#[tokio::test]
async fn a_push_goes_on_after_a_restart() {
    let okta = Pushing::on_sqlite().await;
    let id = okta.create("/Users", ada()).await.id();
    let Pushing { app, token, .. } = okta;
    let app = app.restart().await;
    let client = app.browser();
    let read = send(
        &client,
        &token,
        Method::GET,
        &format!("/Users/{id}"),
        Value::Null,
        &[],
    )
    .await;
    assert_eq!(read.body["userName"], "ada@example.com");
    let again = send(&client, &token, Method::POST, "/Users", ada(), &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}
