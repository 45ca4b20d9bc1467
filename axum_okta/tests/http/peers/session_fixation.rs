//! A session that an attacker knew, or filled, became the victim's.

use http::StatusCode;
use serde_json::Value;

use crate::harness::{App, ada, attempt_cookie, grace, session_id};

#[tokio::test]
async fn a_session_planted_by_somebody_who_is_signed_in_does_not_become_anothers() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    provider.now().person = grace();
    let planted = session_id(&app.browser().sign_in("/").await);

    provider.now().person = ada();
    let victim = app.browser();
    let login = victim.page("/login").await;
    let (name, attempt) = attempt_cookie(&login);
    let callback = victim.at_provider(&login).await;
    let cookies = format!("{name}={attempt}; okta_session={planted}");
    let done = app.with_cookies(&callback, &cookies).await;
    let session = session_id(&done);
    assert_ne!(session, planted);
    let victims = format!("okta_session={session}");
    assert_eq!(app.subject_with(&victims).await, "00u1ada");
    // What the attacker has a copy of is nobody's.
    let copied = format!("okta_session={planted}");
    assert_eq!(app.subject_with(&copied).await, Value::Null);
}

#[tokio::test]
async fn nothing_that_was_in_the_session_before_is_there_after_signing_in() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let browser = app.browser();
    assert_eq!(browser.post("/note").await.status(), StatusCode::NO_CONTENT);
    let note = async || browser.api("/note").await.text().await.unwrap();
    assert_eq!(note().await, r#""left here""#);
    browser.sign_in("/").await;
    assert_eq!(note().await, "null");
}
