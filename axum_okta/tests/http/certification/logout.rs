//! The plan for RP-initiated logout.

use http::StatusCode;

use super::sign_in;
use crate::harness::location;

#[tokio::test]
async fn oidcc_client_test_rp_init_logout() {
    let (_app, provider, browser, _status) = sign_in(|_| {}).await;
    let at_provider = location(&browser.post("/logout").await);
    assert!(
        at_provider.starts_with(&format!("{}/logout?id_token_hint=", provider.issuer)),
        "{at_provider}"
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_invalid_state() {
    let (_app, _provider, browser, _status) = sign_in(|_| {}).await;
    browser.post("/logout").await;
    assert_eq!(
        browser.page("/?state=of-somebody-else").await.status(),
        StatusCode::OK
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_no_state() {
    let (_app, _provider, browser, _status) = sign_in(|_| {}).await;
    browser.post("/logout").await;
    assert_eq!(browser.page("/").await.status(), StatusCode::OK);
    assert!(!browser.is_signed_in().await);
}
