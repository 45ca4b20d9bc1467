//! Okta refuses, or is down.

use http::{StatusCode, header};
use serde_json::json;

use crate::harness::{App, cache_control};

#[tokio::test]
async fn a_refusal_by_okta_is_shown_with_the_way_to_try_again() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for (error, status) in [
        ("access_denied", StatusCode::FORBIDDEN),
        ("login_required", StatusCode::FORBIDDEN),
        ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE),
        ("server_error", StatusCode::SERVICE_UNAVAILABLE),
        ("invalid_scope", StatusCode::BAD_GATEWAY),
    ] {
        provider.now().callback = json!({ "code": null, "error": error, "error_description": "<b>User is not assigned</b>" });
        let answer = browser.sign_in("/protected").await;
        assert_eq!(answer.status(), status, "{error}");
        assert_eq!(cache_control(&answer), "no-store");
        let page = answer.text().await.unwrap();
        assert!(page.contains("/login?return_to=%2Fprotected"), "{page}");
        assert!(
            page.contains("&lt;b&gt;User is not assigned") && !page.contains("<b>User"),
            "{page}"
        );
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn its_page_is_framed_by_nobody_loads_nothing_and_tells_no_address() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let refused = browser
        .page("/authorization-code/callback?code=a&state=b")
        .await;
    let policy = refused.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    let policy = policy.unwrap();
    for rule in ["default-src 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert_eq!(refused.headers()[header::REFERRER_POLICY], "no-referrer");
    let page = refused.text().await.unwrap();
    for foreign in ["<script", "<img", "<link", "//"] {
        assert!(!page.contains(foreign), "{page}");
    }
}

#[tokio::test]
async fn okta_going_down_is_said_and_passes() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().token_down = true;
    let answer = browser.sign_in("/protected").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    assert!(answer.text().await.unwrap().contains("Try again"));
    provider.now().token_down = false;
    assert_eq!(
        browser.sign_in("/protected").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn after_a_restart_with_okta_down_people_stay_signed_in_and_sign_in_says_so() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let app = app.restart().await;
    provider.now().discovery_fails();
    assert!(browser.is_signed_in().await);
    assert_eq!(
        app.browser().page("/login").await.status(),
        StatusCode::BAD_GATEWAY
    );
    provider.now().discovery_answer = None;
    assert_eq!(
        app.browser().page("/login").await.status(),
        StatusCode::SEE_OTHER
    );
}
