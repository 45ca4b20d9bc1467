//! The Form post plan.

use http::StatusCode;
use serde_json::json;

use crate::harness::{App, Browser, Signature, location};

/// Comes back by form post; gives what the browser is shown in the end.
async fn come_back(app: &App, browser: &Browser) -> StatusCode {
    let callback = browser.to_provider_and_back("/").await;
    let posted = app.post_callback(&callback).await;
    browser.page(&location(&posted)).await.status()
}

#[tokio::test]
async fn oidcc_client_test_form_post() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    assert_eq!(come_back(&app, &browser).await, StatusCode::SEE_OTHER);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_form_post_error() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().callback = json!({ "code": null, "error": "access_denied" });
    assert_eq!(come_back(&app, &browser).await, StatusCode::FORBIDDEN);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn form_post_refuses_what_the_basic_plan_refuses() {
    for (signature, id_token) in [
        (
            Signature::Key(0),
            json!({ "iss": "https://other.okta.com" }),
        ),
        (Signature::Key(0), json!({ "aud": "somebody-else" })),
        (Signature::Key(0), json!({ "nonce": "another" })),
        (Signature::Key(0), json!({ "iat": null })),
        (Signature::Broken, json!({})),
        (Signature::None, json!({})),
    ] {
        let app = App::start().await;
        let (provider, browser) = app.connected().await;
        provider.now().signature = signature;
        provider.now().id_token = id_token.clone();
        assert_eq!(
            come_back(&app, &browser).await,
            StatusCode::BAD_GATEWAY,
            "{id_token}"
        );
        assert!(!browser.is_signed_in().await);
    }
}
