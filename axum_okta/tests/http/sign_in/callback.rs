//! Coming back: which callbacks count, once, and where.

use http::StatusCode;
use serde_json::json;

use crate::harness::{App, location};

#[tokio::test]
async fn a_callback_that_nobody_started_is_refused() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for query in [
        "",
        "?code=x",
        "?code=x&state=made-up",
        "?state=made-up",
        "?error=access_denied&state=made-up",
    ] {
        let answer = browser.page(&format!("{}{query}", app.callback())).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_callback_counts_once() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let callback = browser.to_provider_and_back("/").await;
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
    let redeemed = provider.asked("token");
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(provider.asked("token"), redeemed);
}

#[tokio::test]
async fn a_callback_counts_only_in_the_browser_that_started_it() {
    let app = App::start().await;
    let (_provider, victim) = app.connected().await;
    let attacker = app.browser();
    let callback = attacker.to_provider_and_back("/").await;
    assert_eq!(
        victim.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert!(!victim.is_signed_in().await);
    // With a sign-in of its own under way, too.
    victim.page("/login").await;
    assert_eq!(
        victim.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert!(!victim.is_signed_in().await);
    // And it was not used up by that.
    assert_eq!(
        attacker.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn parameters_that_come_twice_are_refused() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for name in ["code", "state", "iss", "error"] {
        let callback = browser.to_provider_and_back("/").await;
        let answer = browser.page(&format!("{callback}&{name}=x&{name}=y")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}");
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn the_issuer_of_the_callback_must_be_the_one_asked() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for iss in [json!("https://mallory.example.com"), json!("")] {
        provider.now().callback = json!({ "iss": iss });
        assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await);
    }
    // Discovery promises it, so leaving it out is no way around.
    provider.now().callback = json!({ "iss": null });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_error_from_another_issuer_is_not_taken_for_oktas() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for iss in [json!("https://mallory.example.com"), json!(null)] {
        provider.now().authorize_error = Some(json!({ "error": "access_denied", "iss": iss }));
        let answer = browser.sign_in("/").await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        assert!(!answer.text().await.unwrap().contains("Okta refused"));
    }
    provider.now().authorize_error = Some(json!({ "error": "access_denied" }));
    let answer = browser.sign_in("/").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_posted_callback_arrives_although_cookies_do_not_travel_with_it() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let callback = browser.to_provider_and_back("/protected").await;
    let posted = app.post_callback(&callback).await;
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    let done = browser.page(&location(&posted)).await;
    assert_eq!(location(&done), "/protected");
    assert!(browser.is_signed_in().await);
}
