//! Without refresh tokens, Okta's API says whether somebody may still be signed in.

use axum_okta::connection::ConnectionForm;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::until;
use crate::harness::{App, Browser, Provider, ada, api_form, grace, table};

/// An app that asks Okta's API every second, its admin, and somebody else.
async fn start() -> (App, Provider, Browser, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let mut form: ConnectionForm = api_form(&provider);
    form.options.recheck_seconds = 1;
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    admin.sign_in("/").await;
    let browser = app.signed_in(&provider, grace()).await;
    (app, provider, admin, browser)
}

/// The admin signs in again: the provider knows one person at a time.
async fn reason(provider: &Provider, admin: &Browser) -> String {
    provider.now().api_status = "ACTIVE";
    provider.now().api_answer = None;
    provider.now().person = ada();
    admin.post("/logout").await;
    admin.sign_in("/").await;
    let entries = admin.audit().await;
    let entries = entries.as_array().unwrap();
    let of_grace = |entry: &&serde_json::Value| {
        entry["event"] == "session_ended" && entry["actor"]["name"] == "Grace Hopper"
    };
    let ended = entries.iter().find(of_grace).expect("an entry");
    ended["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn groups_and_roles_are_asked_for_again() {
    let (_app, provider, admin, browser) = start().await;
    provider.now().person = ada();
    admin.set_roles(&table(&[("Editors", "editor")])).await;
    provider.now().person = grace();
    provider.now().api_groups = vec!["Editors".to_owned()];
    until(async || browser.identity().await["roles"] == json!(["editor"])).await;
    assert_eq!(browser.identity().await["groups"], json!(["Editors"]));
}

#[tokio::test]
async fn somebody_who_is_deactivated_or_suspended_is_signed_out() {
    for status in ["DEPROVISIONED", "SUSPENDED"] {
        let (_app, provider, admin, browser) = start().await;
        provider.now().api_status = status;
        until(async || !browser.is_signed_in().await).await;
        let reason = reason(&provider, &admin).await;
        assert!(reason.contains("deactivated or suspended"), "{reason}");
    }
}

#[tokio::test]
async fn an_api_that_does_not_answer_ends_nothing_before_the_grace_does() {
    let (_app, provider, admin, browser) = start().await;
    let down = (
        StatusCode::BAD_GATEWAY,
        HeaderMap::new(),
        "<h1>502</h1>".into(),
    );
    provider.now().api_answer = Some(down);
    let asked = provider.asked("api");
    until(async || {
        assert!(browser.is_signed_in().await);
        provider.asked("api") > asked
    })
    .await;
    until(async || !browser.is_signed_in().await).await;
    let reason = reason(&provider, &admin).await;
    assert!(reason.contains("has not answered since"), "{reason}");
}
