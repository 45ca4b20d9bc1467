//! Who somebody is: the ID token, and what userinfo adds.

use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{App, grace};

#[tokio::test]
async fn what_a_thin_token_leaves_out_comes_from_userinfo() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().thin = true;
    browser.sign_in("/").await;
    let identity = browser.identity().await;
    assert_eq!(identity["name"], "Ada Lovelace");
    assert_eq!(identity["groups"], json!(["Engineering", "Everyone"]));
    assert_eq!(provider.asked("userinfo"), 1);
}

#[tokio::test]
async fn a_full_token_needs_one_request() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let before: Vec<usize> = ["discovery", "keys", "userinfo", "token"]
        .map(|endpoint| provider.asked(endpoint))
        .into();
    app.browser().sign_in("/").await;
    let after: Vec<usize> = ["discovery", "keys", "userinfo", "token"]
        .map(|endpoint| provider.asked(endpoint))
        .into();
    assert_eq!(after, [before[0], before[1], before[2], before[3] + 1]);
}

#[tokio::test]
async fn userinfo_of_somebody_else_is_refused() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().thin = true;
    provider.now().userinfo = json!({ "sub": "00u9mallory" });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_starts_no_session() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for change in [
        json!({ "iss": "https://other.okta.com" }),
        json!({ "aud": "somebody-else" }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "exp": 1 }),
        json!({ "sub": null }),
    ] {
        provider.now().id_token = change.clone();
        assert_eq!(
            browser.sign_in("/").await.status(),
            StatusCode::BAD_GATEWAY,
            "{change}"
        );
        assert!(!browser.is_signed_in().await, "{change}");
    }
}

#[tokio::test]
async fn groups_that_are_empty_are_told_from_none() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().person = grace();
    browser.sign_in("/").await;
    let identity = browser.identity().await;
    assert_eq!(identity["groups"], json!([]));
    assert_eq!(identity["email_verified"], false);

    provider.now().person = json!({ "sub": "00u3" });
    let other = app.browser();
    other.sign_in("/").await;
    let identity = other.identity().await;
    assert_eq!(
        (&identity["groups"], &identity["name"], &identity["email"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn nobody_signed_in_is_401_on_the_identity_route() {
    let app = App::start().await;
    let answer = app.browser().api("/api/identity").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let whoami: Value = app.browser().api("/whoami").await.json().await.unwrap();
    assert_eq!(whoami["subject"], Value::Null);
}
