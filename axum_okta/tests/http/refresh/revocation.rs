//! When a session ends, Okta revokes its refresh token (RFC 7009).

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use super::Stage;
use crate::harness::{Authentication, Browser, Instead, Log, PATIENCE, ada, grace, refresh_form};

/// Whose token this is, of those that the provider gave, is known by its number.
fn revoked(stage: &Stage) -> Vec<String> {
    stage.provider.now().revoked.clone()
}

async fn until_revoked(stage: &Stage, number: usize) {
    let revoked = stage.provider.until_asked("revoked", number);
    let waited = tokio::time::timeout(PATIENCE, revoked).await;
    waited.expect("it is revoked in time");
}

/// The admin has the first token, and this browser the second.
async fn signed_in() -> (Stage, Browser) {
    let stage = Stage::start().await;
    let browser = stage.app.signed_in(&stage.provider, grace()).await;
    (stage, browser)
}

async fn delete(browser: &Browser, path: &str, body: Value) -> StatusCode {
    let request = browser.request(Method::DELETE, path).json(&body);
    request.send().await.unwrap().status()
}

async fn session_of(browser: &Browser) -> String {
    let own: Value = browser.json("/api/identity/sessions").await;
    let own = own["sessions"].as_array().unwrap();
    let current = own.iter().find(|session| session["is_current"] == true);
    current.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn signing_out_revokes_the_refresh_token() {
    for authentication in [Authentication::Basic, Authentication::Post] {
        let (stage, browser) = signed_in().await;
        stage.provider.now().authentication = authentication;
        let methods = match authentication {
            Authentication::Basic => "client_secret_basic",
            _ => "client_secret_post",
        };
        stage.provider.now().discovery =
            json!({ "token_endpoint_auth_methods_supported": [methods] });
        stage.admin.connect(&refresh_form(&stage.provider)).await;
        browser.post("/logout").await;
        until_revoked(&stage, 1).await;
        assert_eq!(revoked(&stage), ["refresh-token-2"]);
        assert!(stage.admin.is_signed_in().await);
    }
}

/// By the person, by an admin, by Okta, by the app, and by itself.
#[tokio::test]
async fn so_does_every_other_end_of_a_session() {
    let (stage, browser) = signed_in().await;
    let another = async || stage.app.signed_in(&stage.provider, grace()).await;
    let url = format!("{}/global-token-revocation", stage.app.url);
    let subject = json!({ "issuer": stage.provider.issuer, "subject": "00u2grace" });

    // Elsewhere.
    let elsewhere = session_of(&another().await).await;
    let path = format!("/api/identity/sessions/{elsewhere}");
    assert_eq!(
        delete(&browser, &path, json!(null)).await,
        StatusCode::NO_CONTENT
    );
    until_revoked(&stage, 1).await;

    // Everywhere.
    another().await;
    browser.submit("/logout", &[("everywhere", "1")]).await;
    until_revoked(&stage, 3).await;

    // An admin, one and all of a person's.
    let one = session_of(&another().await).await;
    let path = format!("/api/okta/sessions/{one}");
    assert_eq!(
        delete(&stage.admin, &path, json!(null)).await,
        StatusCode::NO_CONTENT
    );
    until_revoked(&stage, 4).await;
    another().await;
    assert_eq!(
        delete(&stage.admin, "/api/okta/sessions", subject).await,
        StatusCode::OK
    );
    until_revoked(&stage, 5).await;

    // Okta.
    another().await;
    let token = stage.provider.revocation_token(&url, |_| {});
    let body = json!({ "sub_id": { "format": "email", "email": "grace@example.com" } });
    let request = stage
        .app
        .browser()
        .request(Method::POST, "/global-token-revocation");
    let called = request.bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(called.status(), StatusCode::NO_CONTENT);
    until_revoked(&stage, 6).await;

    // The app.
    another().await.post("/flush").await;
    until_revoked(&stage, 7).await;

    // By itself.
    another().await;
    let mut database = stage.app.sql().await;
    let over = "UPDATE okta_session SET expires_at = 1 WHERE since = (SELECT MAX(since) FROM okta_session)";
    sqlx::query(over).execute(&mut database).await.unwrap();
    drop(database);
    let app = stage.app.restart().await;
    let last = stage.provider.until_asked("revoked", 8);
    let waited = tokio::time::timeout(PATIENCE, last).await;
    waited.expect("it is revoked in time");
    drop(app);
}

/// The session goes on under another id, with the same token.
#[tokio::test]
async fn a_session_that_moves_keeps_its_token() {
    let (stage, browser) = signed_in().await;
    browser.post("/cycle-id").await;
    assert!(browser.is_signed_in().await);
    browser.post("/logout").await;
    until_revoked(&stage, 1).await;
    assert_eq!(revoked(&stage), ["refresh-token-2"]);
    assert_eq!(stage.provider.asked("revoke"), 1);
}

#[tokio::test]
async fn nobody_waits_for_it() {
    let (stage, browser) = signed_in().await;
    stage.provider.now().revocation_delay = Duration::from_secs(3);
    browser.post("/logout").await;
    assert!(!browser.is_signed_in().await);
    assert_eq!(stage.provider.asked("revoked"), 0);
    until_revoked(&stage, 1).await;
}

#[tokio::test]
async fn it_is_tried_again_when_okta_fails() {
    let (stage, browser) = signed_in().await;
    let down = (StatusCode::SERVICE_UNAVAILABLE, HeaderMap::new(), "".into());
    stage.provider.now().revocation_answer = Some(down);
    browser.post("/logout").await;
    stage.provider.until_asked("not revoked", 1).await;
    stage.provider.now().revocation_answer = None;
    until_revoked(&stage, 1).await;
    assert_eq!(revoked(&stage), ["refresh-token-2"]);
}

#[tokio::test]
async fn a_refusal_is_logged_without_the_token_and_not_tried_again() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=debug");
    let (stage, browser) = signed_in().await;
    let refusal = json!({ "error": "unsupported_token_type" }).to_string();
    let refusal = (StatusCode::BAD_REQUEST, HeaderMap::new(), refusal.into());
    stage.provider.now().revocation_answer = Some(refusal);
    browser.post("/logout").await;
    log.until_so_often("couldn't be revoked at Okta", 1).await;
    let text = log.text();
    assert!(text.contains("unsupported_token_type"), "{text}");
    assert!(!text.contains("refresh-token-"), "{text}");
    assert_eq!(stage.provider.asked("revoke"), 1);
}

#[tokio::test]
async fn an_issuer_that_has_no_endpoint_for_it_is_not_asked() {
    let (stage, browser) = signed_in().await;
    stage.provider.now().discovery = json!({ "revocation_endpoint": null });
    // What discovery said before is forgotten.
    stage.admin.connect(&refresh_form(&stage.provider)).await;
    browser.post("/logout").await;
    stage.provider.now().discovery = json!({});
    stage.admin.connect(&refresh_form(&stage.provider)).await;
    stage.admin.post("/logout").await;
    until_revoked(&stage, 1).await;
    assert_eq!(revoked(&stage), ["refresh-token-1"]);
}

/// The answer to a refresh comes when the session has ended: its new token is revoked, too.
#[tokio::test]
async fn a_token_that_comes_after_the_end_is_revoked() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().refreshing.instead = Instead::Late(Duration::from_millis(500));
    assert!(browser.is_signed_in().await);
    stage.provider.until_asked("rotated", 1).await;
    browser.post("/logout").await;
    until_revoked(&stage, 2).await;
    let mut revoked = revoked(&stage);
    revoked.sort();
    assert_eq!(revoked, ["refresh-token-2", "refresh-token-3"]);
}

/// Everybody's tokens are too many to be read: what is left of them at Okta expires there.
#[tokio::test]
async fn tokens_of_everybody_at_once_are_left_to_expire() {
    let (stage, browser) = signed_in().await;
    let everybody = json!({ "everybody": true });
    assert_eq!(
        delete(&stage.admin, "/api/okta/sessions", everybody).await,
        StatusCode::OK
    );
    assert!(!browser.is_signed_in().await);
    let last = stage.app.signed_in(&stage.provider, ada()).await;
    last.post("/logout").await;
    until_revoked(&stage, 1).await;
    assert_eq!(revoked(&stage), ["refresh-token-3"]);
}
