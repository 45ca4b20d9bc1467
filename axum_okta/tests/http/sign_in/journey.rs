//! The way of a sign-in, and where it ends.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{App, CLIENT_ID, cache_control, location, parameters};

#[tokio::test]
async fn the_whole_way_and_back_to_where_the_person_was_going() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let guarded = browser.page("/protected?tab=2").await;
    let login = browser.page(&location(&guarded)).await;
    assert_eq!(login.status(), StatusCode::SEE_OTHER);
    assert_eq!(cache_control(&login), "no-store");

    let request = parameters(&location(&login));
    assert_eq!(request["response_type"], "code");
    assert_eq!(request["client_id"], CLIENT_ID);
    assert_eq!(request["redirect_uri"], app.callback());
    assert_eq!(request["scope"], "openid profile email groups");
    assert_eq!(request["code_challenge_method"], "S256");
    assert!(request["state"].len() >= 22 && request["nonce"].len() >= 22);

    let callback = browser.at_provider(&login).await;
    let done = browser.page(&callback).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&done), "/protected?tab=2");
    assert_eq!(cache_control(&done), "no-store");

    let answer = browser.api("/api/identity").await;
    assert_eq!(cache_control(&answer), "no-store");
    let identity: Value = answer.json().await.unwrap();
    let signed_in_at = identity["signed_in_at"].as_i64().unwrap();
    assert_eq!(
        identity,
        json!({
            "issuer": provider.issuer, "subject": "00u1ada", "name": "Ada Lovelace",
            "email": "ada@example.com", "email_verified": true, "picture": "https://example.com/ada.png",
            "locale": "en-GB", "groups": ["Engineering", "Everyone"], "connection": "okta", "organization": "okta",
            "roles": ["admin"], "claims": {}, "auth_time": null, "acr": null, "amr": [],
            "signed_in_at": signed_in_at, "expires_at": signed_in_at + 12 * 60 * 60,
        })
    );
    assert_eq!(browser.subject().await, "00u1ada");
}

#[tokio::test]
async fn two_tabs_sign_in_side_by_side() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let first = browser.to_provider_and_back("/protected?first").await;
    let second = browser.to_provider_and_back("/protected?second").await;
    assert_eq!(location(&browser.page(&first).await), "/protected?first");
    assert_eq!(location(&browser.page(&second).await), "/protected?second");
}

#[tokio::test]
async fn return_to_leads_nowhere_else() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for evil in [
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "https:%2F%2Fevil.example",
        "%2Flogin%3Freturn_to=%2Flogin",
        "/authorization-code/callback",
    ] {
        let browser_of_somebody = app.browser();
        let done = browser_of_somebody.sign_in(evil).await;
        assert_eq!(location(&done), "/", "{evil}");
    }
    browser.sign_in("/").await;
    // Also for whoever is signed in and goes straight through.
    let straight = browser.page("/login?return_to=//evil.example").await;
    assert_eq!(location(&straight), "/");
}

#[tokio::test]
async fn whoever_is_signed_in_is_not_asked_again() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let asked = provider.asked("authorize");
    let answer = browser.page("/login?return_to=/protected").await;
    assert_eq!(location(&answer), "/protected");
    assert_eq!(provider.asked("authorize"), asked);
}

#[tokio::test]
async fn a_flood_of_sign_ins_of_one_browser_keeps_the_last_ones() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let first = browser.to_provider_and_back("/").await;
    let mut last = String::new();
    for _ in 0..8 {
        last = browser.to_provider_and_back("/protected").await;
    }
    assert_eq!(browser.page(&first).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(location(&browser.page(&last).await), "/protected");
}
