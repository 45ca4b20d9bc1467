//! Points 1 and 2: whatever ends a session ends it for good, whoever does it and whatever else
//! fails.

use http::{Method, StatusCode, header};
use sqlx::{Connection, SqliteConnection};

use crate::harness::{App, Log, location, session_id};

#[tokio::test]
async fn a_sign_out_that_cannot_be_stored_counts_and_is_stored_as_soon_as_it_can() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);

    let mut other_program = app.sql().await;
    let lock = other_program.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let answer = browser.post("/logout").await;
    let cookie = answer
        .cookies()
        .find(|cookie| cookie.name() == "okta_session")
        .expect("the cookie is taken away")
        .value()
        .to_owned();
    assert_eq!(cookie, "");
    assert!(location(&answer).starts_with(&format!("{}/logout?", provider.issuer)));
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);

    lock.rollback().await.unwrap();
    // Tried again until it is stored, and the trail says so in the same transaction.
    until_no_session_is_left(&mut other_program, 0).await;
    let app = app.restart().await;
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_host_that_ends_a_session_ends_it_for_every_copy_of_the_cookie() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for end in ["/flush", "/delete", "/cycle-id"] {
        let browser = app.browser();
        let session = session_id(&browser.sign_in("/").await);
        // Now memory knows them.
        assert!(browser.is_signed_in().await);
        assert_eq!(browser.post(end).await.status(), StatusCode::OK, "{end}");
        let copied = app.with_session("/api/identity", &session).await;
        assert_eq!(copied.status(), StatusCode::UNAUTHORIZED, "{end}");
        // Under its new id a session goes on.
        assert_eq!(browser.is_signed_in().await, end == "/cycle-id", "{end}");
    }
}

#[tokio::test]
async fn whoever_signs_out_loses_the_cookie_also_where_the_session_is_long_gone() {
    let app = App::start().await;
    let request = app.browser().request(Method::POST, "/logout");
    let stale = "okta_session=AAAAAAAAAAAAAAAAAAAAAA";
    let answer = request.header(header::COOKIE, stale).send().await.unwrap();
    assert_eq!(session_id(&answer), "");
}

/// The host's own sign-out, whose browser went away while the database was locked.
#[tokio::test]
async fn an_end_by_the_host_that_cannot_be_stored_is_stored_as_soon_as_it_can() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let browser = app.browser();
    let session = session_id(&browser.sign_in("/").await);
    let mut other_program = app.sql().await;
    let lock = other_program.begin_with("BEGIN IMMEDIATE").await.unwrap();
    browser.post("/flush").await;
    lock.rollback().await.unwrap();
    until_no_session_is_left(&mut other_program, 1).await;
    let app = app.restart().await;
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_although_the_audit_trail_cannot_be_written() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=info");
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let mut database = app.sql().await;
    sqlx::query("ALTER TABLE okta_audit RENAME TO away")
        .execute(&mut database)
        .await
        .unwrap();
    browser.post("/logout").await;
    let (left,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM okta_session")
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let text = log.text();
    assert!(text.contains("the audit trail could not be written"));
    assert!(text.contains("\"signed_out\""), "at least the log tells");
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_invented_session_that_is_signed_out_costs_no_write() {
    let log = Log::default();
    let _listening = log.listen("axum_okta::store=trace,axum_okta::services=debug");
    let app = App::start().await;
    // The sweep that begins with the app is a change, too.
    log.until("expired sessions and old audit entries are deleted")
        .await;
    let before = log.text().matches("a change is stored").count();
    for _ in 0..20 {
        let request = app.browser().request(Method::POST, "/logout");
        let invented = "okta_session=AAAAAAAAAAAAAAAAAAAAAA";
        request
            .header(header::COOKIE, invented)
            .send()
            .await
            .unwrap();
    }
    assert_eq!(log.text().matches("a change is stored").count(), before);
}

#[tokio::test]
async fn what_a_host_keeps_in_a_session_makes_it_live_no_longer() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let mut database = app.sql().await;
    let ends = "SELECT MAX(expires_at) FROM okta_session";
    let (before,): (i64,) = sqlx::query_as(ends).fetch_one(&mut database).await.unwrap();
    browser.post("/note").await;
    let (after,): (i64,) = sqlx::query_as(ends).fetch_one(&mut database).await.unwrap();
    assert_eq!(before, after);
}

/// Tried again until it is stored.
async fn until_no_session_is_left(database: &mut SqliteConnection, but: i64) {
    loop {
        let (left,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM okta_session")
            .fetch_one(&mut *database)
            .await
            .unwrap();
        if left <= but {
            return;
        }
        tokio::task::yield_now().await;
    }
}
