//! The Config plan: discovery and keys.

use http::StatusCode;
use serde_json::json;

use super::sign_in;
use crate::harness::{App, Signature};

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let (_app, provider, _browser, _status) = sign_in(|_| {}).await;
    assert!(provider.asked("discovery") > 0);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let (_app, provider, _browser, _status) = sign_in(|_| {}).await;
    assert!(provider.asked("keys") > 0);
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let app = app.restart().await;
    provider.now().discovery = json!({ "issuer": "https://other.okta.com" });
    assert_eq!(
        browser.page("/login").await.status(),
        StatusCode::BAD_GATEWAY
    );
    drop(app);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    assert_eq!(
        app.browser().sign_in("/").await.status(),
        StatusCode::SEE_OTHER
    );
    provider.now().published = vec![1];
    provider.now().signature = Signature::Key(1);
    assert_eq!(
        app.browser().sign_in("/").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    provider.now().published = vec![0, 1];
    provider.now().signature = Signature::Key(1);
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn signing_keys_rotate_without_kid_and_under_the_same_kid_twice_in_a_row() {
    for kid in [json!({ "kid": null }), json!({ "kid": "same" })] {
        let app = App::start().await;
        let (provider, _admin) = app.connected().await;
        provider.now().header = kid.clone();
        provider.now().key = kid.clone();
        for key in [0, 1, 0] {
            provider.now().published = vec![key];
            provider.now().signature = Signature::Key(key);
            let signed_in = app.browser().sign_in("/").await;
            assert_eq!(signed_in.status(), StatusCode::SEE_OTHER, "{kid} {key}");
        }
    }
}

#[tokio::test]
async fn an_algorithm_that_discovery_offers_since_is_noticed() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    app.browser().sign_in("/").await;
    provider.now().signature = Signature::With("PS256");
    let browser = app.browser();
    let not_offered = browser.sign_in("/").await;
    assert_eq!(not_offered.status(), StatusCode::BAD_GATEWAY);
    provider.now().discovery = json!({ "id_token_signing_alg_values_supported": ["PS256"] });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
}
