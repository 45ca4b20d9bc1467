//! An orderly end: everything that counts is stored, or it is said what isn't.

use axum_okta::{Readiness, error::CloseError};
use http::StatusCode;
use sqlx::Executor;

use crate::harness::App;

#[tokio::test]
async fn from_its_beginning_nobody_is_sent_here_and_everybody_is_served() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    app.okta.begin_shutdown();
    assert_eq!(app.okta.readiness().await, Readiness::ShuttingDown);
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn an_end_that_could_not_be_stored_yet_is_stored_before_the_close() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = crate::harness::session_id(&browser.sign_in("/").await);
    let mut database = app.sql().await;
    let full = "CREATE TRIGGER full BEFORE DELETE ON okta_session \
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    database.execute(full).await.unwrap();
    assert!(browser.post("/logout").await.status().is_redirection());

    let closing = app.okta.close();
    let room = async {
        database.execute("DROP TRIGGER full").await.unwrap();
    };
    let (closed, ()) = tokio::join!(closing, room);
    closed.unwrap();
    let sessions = "SELECT count(*) FROM okta_session";
    let left: i64 = sqlx::query_scalar(sessions)
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let app = app.restart().await;
    let copy = app.with_session("/api/identity", &session).await;
    assert_eq!(copy.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_end_that_cannot_be_stored_is_said() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let mut database = app.sql().await;
    let full = "CREATE TRIGGER full BEFORE DELETE ON okta_session \
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    database.execute(full).await.unwrap();
    browser.post("/logout").await;
    let error = app.okta.close().await.unwrap_err();
    assert!(
        matches!(error, CloseError::EndsNotStored { ends: 1, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_asked_after_the_close_fails_closed() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = crate::harness::session_id(&browser.sign_in("/").await);
    app.okta.close().await.unwrap();
    app.okta.close().await.unwrap();
    assert_eq!(app.okta.readiness().await, Readiness::ShuttingDown);
    let other = app.browser();
    let callback = other.to_provider_and_back("/").await;
    let failed = other.page(&callback).await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    // And after the next start, everything is as it was.
    let app = app.restart().await;
    let copy = app.with_session("/api/identity", &session).await;
    assert_eq!(copy.status(), StatusCode::OK);
}
