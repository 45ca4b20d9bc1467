//! The Basic plan.

use http::StatusCode;
use serde_json::json;
use url::Url;

use super::{is_refused, succeeds};
use crate::harness::{App, CLIENT_ID, Signature, form, location};

#[tokio::test]
async fn oidcc_client_test() {
    assert_eq!(succeeds(|_| {}).await["subject"], "00u1ada");
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    succeeds(|provider| provider.signature = Signature::Key(0)).await;
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let identity = succeeds(|provider| provider.thin = true).await;
    assert_eq!(identity["email"], "ada@example.com");
    assert_eq!(identity["name"], "Ada Lovelace");
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    // The provider takes no other authentication than Basic.
    succeeds(|_| {}).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    succeeds(|provider| provider.kid = false).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    let app = App::start().await;
    let (provider, browser) = app.ready_to_connect().await;
    provider.now().kid = false;
    provider.now().published = vec![0, 1];
    browser.connect(&form(&provider)).await;
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    is_refused(|provider| provider.id_token = json!({ "iss": "https://other.okta.com" })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    is_refused(|provider| provider.id_token = json!({ "sub": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_aud() {
    is_refused(|provider| provider.id_token = json!({ "aud": "somebody-else" })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    is_refused(|provider| provider.id_token = json!({ "aud": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    is_refused(|provider| provider.id_token = json!({ "iat": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    is_refused(|provider| provider.id_token = json!({ "nonce": "another" })).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    is_refused(|provider| provider.signature = Signature::Broken).await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    is_refused(|provider| provider.signature = Signature::None).await;
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    is_refused(|provider| {
        provider.thin = true;
        provider.userinfo = json!({ "sub": "00u9mallory" });
    })
    .await;
}

#[tokio::test]
async fn every_request_is_in_order() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let login = app.browser().page("/login").await;
    let request = Url::parse(&location(&login)).unwrap();
    let parameter = |name: &str| {
        let mut values = request
            .query_pairs()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there once");
        value
    };
    assert!(
        parameter("scope")
            .unwrap()
            .split(' ')
            .any(|scope| scope == "openid")
    );
    assert_eq!(parameter("redirect_uri").unwrap(), app.callback());
    assert_eq!(parameter("client_id").unwrap(), CLIENT_ID);
    assert_eq!(parameter("access_token"), None);
    assert_eq!(parameter("client_secret"), None);
}
