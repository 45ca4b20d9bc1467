//! What failed in peers although nobody attacked.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{App, location, parameter};

#[tokio::test]
async fn signing_out_works_with_an_id_token_that_has_expired() {
    // Within the minute that clocks may differ by: good for signing in, and already over.
    let expired = time::OffsetDateTime::now_utc().unix_timestamp() - 30;
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().id_token = json!({ "exp": expired });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    let answer = browser.post("/logout").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let hint = parameter(&location(&answer), "id_token_hint");
    let claims = hint.split('.').nth(1).unwrap();
    let claims: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["exp"], expired);
    assert!(location(&answer).starts_with(&provider.issuer));
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn two_tabs_that_come_back_at_the_same_moment_both_arrive() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let first = browser.to_provider_and_back("/protected?first").await;
    let second = browser.to_provider_and_back("/protected?second").await;
    let (first, second) = tokio::join!(browser.page(&first), browser.page(&second));
    assert_eq!(location(&first), "/protected?first");
    assert_eq!(location(&second), "/protected?second");
    assert!(browser.is_signed_in().await);
}
