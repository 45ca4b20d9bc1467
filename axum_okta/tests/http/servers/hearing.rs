//! While servers hear one another.

use http::{Method, StatusCode};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, Row};

use super::{HEARD, Servers, eventually, status, until};
use crate::harness::{App, Provider, SETUP_CODE, form, grace, session_id, table};

const IDENTITY: &str = "/api/identity";

/// All of them remember this session.
async fn all_know(apps: &[App], session: &str) {
    for app in apps {
        assert_eq!(status(app, IDENTITY, session).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_signs_out_on_one_server_is_refused_on_all() {
    let servers = Servers::start(3).await;
    let [one, two, three] = &servers.apps[..] else {
        panic!("three")
    };
    let (_provider, browser) = one.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    until(two, IDENTITY, &session, StatusCode::OK).await;
    until(three, IDENTITY, &session, StatusCode::OK).await;
    all_know(&servers.apps, &session).await;
    browser.post("/logout").await;
    for app in [two, three] {
        until(app, IDENTITY, &session, StatusCode::UNAUTHORIZED).await;
    }
}

#[tokio::test]
async fn a_session_that_the_host_ends_or_clears_is_refused_on_all() {
    let servers = Servers::start(2).await;
    let [one, two] = &servers.apps[..] else {
        panic!("two")
    };
    let (_provider, _admin) = one.connected().await;
    for end in ["/flush", "/clear", "/cycle-id"] {
        let browser = one.browser();
        let session = session_id(&browser.sign_in("/").await);
        until(two, IDENTITY, &session, StatusCode::OK).await;
        browser.post(end).await;
        until(two, IDENTITY, &session, StatusCode::UNAUTHORIZED).await;
        // Under its new id a session goes on.
        assert_eq!(browser.is_signed_in().await, end == "/cycle-id", "{end}");
    }
}

#[tokio::test]
async fn a_role_that_is_taken_on_one_server_is_lost_on_all() {
    let servers = Servers::start(2).await;
    let [one, two] = &servers.apps[..] else {
        panic!("two")
    };
    let (_provider, admin) = one.connected().await;
    let session = session_id(&admin.sign_in("/").await);
    admin.set_roles(&table(&[("Engineering", "editor")])).await;
    until(two, "/editors", &session, StatusCode::OK).await;
    admin.set_roles(&table(&[])).await;
    until(two, "/editors", &session, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn an_admin_who_is_removed_on_one_server_is_none_on_any() {
    let servers = Servers::start(2).await;
    let [one, two] = &servers.apps[..] else {
        panic!("two")
    };
    let (provider, admin) = one.connected().await;
    let session = session_id(&admin.sign_in("/").await);
    let identity = admin.identity().await;
    let by_role = table(&[("Admins", "admin")]);
    admin.set_roles(&by_role).await;
    until(two, "/api/okta/roles", &session, StatusCode::OK).await;

    let mut other = grace();
    other["groups"] = json!(["Admins"]);
    let other = one.signed_in(&provider, other).await;
    let removed = other
        .request(Method::DELETE, "/api/okta/admins")
        .json(&json!({
            "issuer": identity["issuer"],
            "subject": identity["subject"],
        }));
    let removed = removed.send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    until(two, "/api/okta/roles", &session, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn a_connection_that_is_replaced_or_removed_on_one_server_counts_on_all() {
    let servers = Servers::start(2).await;
    let [one, two] = &servers.apps[..] else {
        panic!("two")
    };
    let logs_in = async |expected: StatusCode| {
        let is_so = async || two.browser().page("/login").await.status() == expected;
        eventually("the other server's sign-in follows the connection", is_so).await;
    };
    logs_in(StatusCode::SERVICE_UNAVAILABLE).await;
    let (_provider, admin) = one.connected().await;
    logs_in(StatusCode::SEE_OTHER).await;
    let session = session_id(&admin.sign_in("/").await);
    until(two, IDENTITY, &session, StatusCode::OK).await;

    let other = Provider::start(&one.callback()).await;
    let replaced = admin.connect(&form(&other)).await;
    assert_eq!(replaced.status(), StatusCode::OK);
    until(two, IDENTITY, &session, StatusCode::UNAUTHORIZED).await;

    admin.disconnect().await;
    logs_in(StatusCode::SERVICE_UNAVAILABLE).await;
}

#[tokio::test]
async fn a_setup_that_begins_on_one_server_ends_on_another() {
    let servers = Servers::start(2).await;
    let [one, two] = &servers.apps[..] else {
        panic!("two")
    };
    let (_provider, admin) = one.connected().await;
    let opened = session_id(&two.browser().try_setup_code(SETUP_CODE).await);
    until(one, "/api/okta/roles", &opened, StatusCode::OK).await;
    admin.sign_in("/").await;
    until(two, "/api/okta/roles", &opened, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn setup_codes_are_limited_on_all_servers_together() {
    let servers = Servers::start(2).await;
    let mut refused = 0;
    for attempt in 0..20 {
        let browser = servers.apps[attempt % 2].browser();
        match browser.try_setup_code("wrong").await.status() {
            StatusCode::FORBIDDEN => {}
            StatusCode::TOO_MANY_REQUESTS => refused += 1,
            other => panic!("{other}"),
        }
    }
    // Each server alone would have refused none.
    assert!(refused > 0);
}

/// The connection that listens is lost, and with it what happens before there is another.
#[tokio::test]
async fn a_server_that_misses_something_reads_it_again() {
    let servers = Servers::start(2).await;
    let [one, two] = &servers.apps[..] else {
        panic!("two")
    };
    let (_provider, browser) = one.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let roles = table(&[("Engineering", "editor")]);
    assert_eq!(
        browser.set_roles(&roles).await.status(),
        StatusCode::NO_CONTENT
    );
    until(two, "/editors", &session, StatusCode::OK).await;
    let mut database = PgConnection::connect(&servers.database).await.unwrap();
    let ended = database
        .fetch_all(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND query LIKE '%pg_notify($1, $2)'",
        )
        .await
        .unwrap();
    assert_eq!(ended.len(), 2);
    assert!(ended.iter().all(|row| row.get(0)));
    browser.set_roles(&table(&[])).await;
    until(two, "/editors", &session, StatusCode::FORBIDDEN).await;
    browser.post("/logout").await;
    until(two, IDENTITY, &session, StatusCode::UNAUTHORIZED).await;
    // Each hears again.
    servers.log.until_so_often(HEARD, 4).await;
}
