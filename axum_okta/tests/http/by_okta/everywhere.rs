//! Signing out of every browser at once.

use http::StatusCode;
use serde_json::json;

use super::{People, on_postgres};
use crate::harness::{App, location, parameters, session_id};

#[tokio::test]
async fn signing_out_everywhere_ends_the_persons_other_sessions_too() {
    let people = People::signed_in().await;
    let answer = people.ada[0]
        .submit("/logout", &[("everywhere", "1")])
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(people.are_signed_in().await, [false, false, true]);
    let audit = people.grace.audit().await;
    let events = [&audit[0], &audit[1]].map(|entry| &entry["event"]);
    assert_eq!(events, ["signed_out_everywhere", "signed_out"]);
    assert_eq!(audit[0]["detail"], json!("1 other session"));
    assert_eq!(audit[0]["actor"]["subject"], json!("00u1ada"));
}

#[tokio::test]
async fn without_being_asked_other_sessions_stay() {
    let people = People::signed_in().await;
    for fields in [
        &[][..],
        &[("everywhere", "0")],
        &[("everywhere", "")],
        &[("other", "1")],
    ] {
        let browser = people.app.browser();
        browser.sign_in("/").await;
        browser.submit("/logout", fields).await;
        assert!(!browser.is_signed_in().await);
        assert_eq!(people.are_signed_in().await, [true, true, true]);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_signs_nobody_out() {
    let people = People::signed_in().await;
    let fields = [("everywhere", "1"), ("sub", "00u1ada")];
    people.app.browser().submit("/logout", &fields).await;
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

/// The session at Okta ends, too: its page is told whose it is, also when the ID token has expired.
#[tokio::test]
async fn okta_is_told_by_an_id_token_that_has_expired() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    // Still within the minute by which clocks may differ.
    let expired = time::OffsetDateTime::now_utc().unix_timestamp() - 50;
    provider.now().id_token = json!({ "exp": expired });
    browser.sign_in("/").await;
    let form = [("everywhere", "1")];
    let answer = browser.request(http::Method::POST, "/logout").form(&form);
    let at_okta = location(&answer.send().await.unwrap());
    let hint = &parameters(&at_okta)["id_token_hint"];
    assert_eq!(Some(hint), provider.now().last_id_token.as_ref());
}

#[tokio::test]
async fn a_person_signs_out_on_every_server() {
    let on = on_postgres().await;
    let one = App::start_with(on.clone()).await;
    let (provider, browser) = one.connected().await;
    browser.sign_in("/").await;
    let other = App::start_with(on).await;
    provider.now().redirect_uris.push(other.callback());
    let elsewhere = other.browser();
    let session = session_id(&elsewhere.sign_in("/").await);
    browser.submit("/logout", &[("everywhere", "1")]).await;
    let copied = one.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

/// Browsers listen to it over https alone.
#[tokio::test]
async fn over_https_the_browser_is_told_to_forget_what_it_stored() {
    let app = App::start().await;
    let answer = app.browser().post("/logout").await;
    assert!(!answer.headers().contains_key("clear-site-data"));
    let app = App::start_with(|builder| builder.base_url("https://app.example.com")).await;
    let answer = app.browser().post("/logout").await;
    // Neither cookies nor storage: those are the app's, and its siblings'.
    assert_eq!(answer.headers()["clear-site-data"], "\"cache\"");
}
