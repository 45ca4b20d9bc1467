//! Signing out: here, at Okta, and for good.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::harness::{
    App, CLIENT_ID, CONNECTION, Log, cache_control, location, parameters, refresh, session_id,
};

#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_okta() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    assert!(browser.is_signed_in().await);

    let answer = browser.post("/logout").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(cache_control(&answer), "no-store");
    let at_okta = location(&answer);
    assert!(at_okta.starts_with(&format!("{}/logout?", provider.issuer)));
    let asked = parameters(&at_okta);
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    assert_eq!(asked["post_logout_redirect_uri"], format!("{}/", app.url));
    assert!(asked.contains_key("state"));

    assert!(!browser.is_signed_in().await);
    // A copy of the cookie is worth nothing now.
    let replay = app.with_session("/api/identity", &session).await;
    assert_eq!(replay.status(), StatusCode::UNAUTHORIZED);
    // Coming back with a wrong state, or none, is a visit to the home page like any other.
    assert_eq!(browser.page("/?state=wrong").await.status(), StatusCode::OK);
}

/// Under `form-action 'self'` a browser follows no redirect of a form to another site.
#[tokio::test]
async fn a_browser_gets_a_page_that_goes_on_to_okta_by_itself() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let answer = browser.submit("/logout", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(cache_control(&answer), "no-store");
    let policy = answer.headers()["content-security-policy"].to_str();
    assert!(policy.unwrap().starts_with("default-src 'none'; "));
    let at_okta = refresh(&answer);
    assert!(at_okta.starts_with(&format!("{}/logout?", provider.issuer)));
    let state = parameters(&at_okta)["state"].clone();
    // For whoever's browser does not.
    let link = format!("href=\"{}\"", at_okta.replace('&', "&amp;"));
    let page = answer.text().await.unwrap();
    assert!(page.contains(&link), "{page}");

    assert!(!browser.is_signed_in().await);
    let log = Log::default();
    let _listening = log.listen("axum_okta=debug");
    browser.page(&format!("/?state={state}")).await;
    assert!(log.text().contains("came back from signing out at Okta"));

    // The host's start page may lead to Okta, too.
    let again = browser.submit("/logout", &[]).await;
    assert_eq!(
        (again.status(), refresh(&again).as_str()),
        (StatusCode::OK, "/")
    );
}

#[tokio::test]
async fn signing_out_when_nobody_is_signed_in_goes_home() {
    let app = App::start().await;
    let answer = app.browser().post("/logout").await;
    assert_eq!(
        (answer.status(), location(&answer).as_str()),
        (StatusCode::SEE_OTHER, "/")
    );
}

#[tokio::test]
async fn a_link_or_an_image_signs_nobody_out() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    assert_eq!(
        browser.page("/logout").await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn with_okta_down_the_session_here_ends_all_the_same() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let app = app.restart().await;
    provider.now().discovery_fails();
    let answer = browser.post("/logout").await;
    assert_eq!(location(&answer), "/");
    assert!(!browser.is_signed_in().await);
    drop(app);
}

/// Signs out while a request of the same session is under way that will write to it.
#[tokio::test]
async fn a_request_under_way_brings_no_ended_session_back() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let session = session_id(&admin.sign_in("/").await);
    provider.now().discovery_delay = Duration::from_millis(500);
    let asked_before = provider.asked("discovery");
    let check = admin.post(CONNECTION);
    let (checked, ()) = tokio::join!(check, async {
        provider.until_asked("discovery", asked_before + 1).await;
        admin.post("/logout").await;
    });
    assert_eq!(checked.status(), StatusCode::UNAUTHORIZED);
    provider.now().discovery_delay = Duration::ZERO;
    // Nothing that the app remembers may be what keeps it ended.
    let app = app.restart().await;
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_ends_although_nobody_can_tell_whose_it_is() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let app = app.restart().await;
    let mut database = app.sql().await;
    // Roles cannot be found without it.
    sqlx::query("ALTER TABLE okta_admin RENAME TO away")
        .execute(&mut database)
        .await
        .unwrap();
    browser.post("/logout").await;
    sqlx::query("ALTER TABLE away RENAME TO okta_admin")
        .execute(&mut database)
        .await
        .unwrap();
    let app = app.restart().await;
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_id_token_that_is_too_large_for_an_address_stays_here() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().id_token = json!({ "groups": vec!["a group with a long name"; 200] });
    browser.sign_in("/").await;
    let at_okta = location(&browser.post("/logout").await);
    assert!(at_okta.starts_with(&format!("{}/logout?", provider.issuer)));
    assert!(at_okta.len() < 4096, "{}", at_okta.len());
    let asked = parameters(&at_okta);
    assert!(!asked.contains_key("id_token_hint"));
    assert_eq!(asked["client_id"], CLIENT_ID);
    assert_eq!(asked["post_logout_redirect_uri"], format!("{}/", app.url));
    assert!(asked.contains_key("state"));
}

#[tokio::test]
async fn the_hint_is_the_id_token_as_okta_sent_it() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    // Something in it cannot be read.
    provider.now().id_token = json!({ "address": "12 St James’s Square" });
    browser.sign_in("/").await;
    let at_okta = location(&browser.post("/logout").await);
    let hint = &parameters(&at_okta)["id_token_hint"];
    assert_eq!(Some(hint), provider.now().last_id_token.as_ref());
}

#[tokio::test]
async fn the_state_of_a_sign_out_is_looked_at_on_the_way_back() {
    const OTHER: &str = "not with the state that Okta was given";
    const NONE: &str = "somebody came back from signing out, without a state";
    const SAME: &str = "somebody came back from signing out at Okta";
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for (query, noted) in [
        (None, SAME),
        (Some("?state=of-somebody-else"), OTHER),
        (Some("?state=a&state=b"), OTHER),
        (Some("?state="), OTHER),
        (Some(""), NONE),
    ] {
        let browser = app.browser();
        browser.sign_in("/").await;
        let state = parameters(&location(&browser.post("/logout").await))["state"].clone();
        let log = Log::default();
        let _listening = log.listen("axum_okta=debug");
        let own = format!("?state={state}");
        let back = browser.page(&format!("/{}", query.unwrap_or(&own))).await;
        // Whatever it was, the person is signed out, and at the start page.
        assert_eq!(back.status(), StatusCode::OK);
        assert_eq!(cache_control(&back), "no-store");
        assert!(!browser.is_signed_in().await);
        let text = log.text();
        for message in [NONE, OTHER, SAME] {
            assert_eq!(text.contains(message), message == noted, "{text}");
        }
        assert!(!text.contains(&state), "{text}");
        // It counts once.
        browser.page("/").await;
        assert_eq!(log.text().matches(noted).count(), 1);
    }
}
