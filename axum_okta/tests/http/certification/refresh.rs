//! The plan for refresh tokens: <https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokens>

use serde_json::{Value, json};

use crate::{
    harness::Browser,
    refresh::{Stage, refreshed},
};

/// What becomes of a session whose refreshed ID token has these claims.
async fn refresh_with(id_token: Value) -> (Stage, Browser) {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().refreshing.id_token = id_token;
    refreshed(&stage.provider, &browser).await;
    (stage, browser)
}

async fn is_refused(id_token: Value) {
    let (stage, browser) = refresh_with(id_token).await;
    stage.until_ended(&browser).await;
}

#[tokio::test]
async fn oidcc_client_test_refresh_token() {
    let (_stage, browser) = refresh_with(json!({})).await;
    let token = browser.api("/access-token").await.text().await.unwrap();
    assert_eq!(token, "an-access-token-1");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_issuer() {
    is_refused(json!({ "iss": "https://another.example.com" })).await;
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_sub() {
    is_refused(json!({ "sub": "00u3somebody-else" })).await;
}

#[tokio::test]
async fn oidcc_client_test_refresh_token_invalid_aud() {
    is_refused(json!({ "aud": "0oa2another-client" })).await;
}
