//! The plan for back-channel logout.

use http::StatusCode;
use reqwest::Response;
use serde_json::{Value, json};

use super::sign_in;
use crate::harness::{App, Browser, Provider, Signature, Signed, cache_control};

struct SignedIn {
    app: App,
    provider: Provider,
    browser: Browser,
}

impl SignedIn {
    async fn new() -> Self {
        let (app, provider, browser, _status) = sign_in(|_| {}).await;
        Self {
            app,
            provider,
            browser,
        }
    }

    /// Posts a logout token about the person, with this change, as the provider does.
    async fn post(&self, change: impl FnOnce(&mut Signed)) -> Response {
        let token = self.provider.logout_token("00u1ada", change);
        let form = [("logout_token", token.as_str())];
        self.app
            .browser()
            .submit("/backchannel-logout", &form)
            .await
    }
}

async fn is_refused(change: impl FnOnce(&mut Signed)) {
    let signed_in = SignedIn::new().await;
    let answer = signed_in.post(change).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(cache_control(&answer), "no-store");
    let error: Value = answer.json().await.unwrap();
    assert_eq!(error["error"], "invalid_request");
    assert!(signed_in.browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout() {
    let signed_in = SignedIn::new().await;
    let answer = signed_in.post(|_| {}).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(cache_control(&answer), "no-store");
    assert!(!signed_in.browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_alg_none() {
    is_refused(|token| token.signature = Signature::None).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_alg() {
    // The provider signs ID tokens with RS256 alone.
    for signature in [
        Signature::ClientSecret,
        Signature::PublicKeyAsSecret,
        Signature::With("RS512"),
        Signature::With("PS256"),
    ] {
        is_refused(|token| token.signature = signature).await;
    }
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_issuer() {
    is_refused(|token| token.claims["iss"] = json!("https://dev-2.okta.com")).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_aud() {
    is_refused(|token| token.claims["aud"] = json!("0oa2another")).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_no_event() {
    is_refused(|token| token.claim(&json!({ "events": null }))).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_wrong_event() {
    let other = json!({ "http://schemas.openid.net/event/something-else": {} });
    is_refused(|token| token.claims["events"] = other).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_backchannel_rpinitlogout_with_nonce() {
    is_refused(|token| token.claims["nonce"] = json!("n-0S6_WzA2Mj")).await;
}
