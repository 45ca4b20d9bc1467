//! Fresh tokens are bound to the same key, on every server, as long as the session lasts.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use super::{bound, connected, connected_on, ready, signed_in_with_expired_token};
use crate::{
    harness::{ACCESS_TOKEN, ada, refresh_form, session_id},
    servers::{Servers, eventually},
};

#[tokio::test]
async fn fresh_tokens_are_bound_to_the_same_key_also_after_a_restart() {
    let (app, provider, _admin) = connected().await;
    let browser = signed_in_with_expired_token(&app, &provider).await;
    let app = app.restart().await;
    let userinfo = format!("/calls-api?url={}/userinfo", provider.issuer);
    let answer = browser.api(&userinfo).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(provider.asked("refresh"), 1);
    drop(app);
}

#[tokio::test]
async fn every_server_has_the_key() {
    let mut servers = Servers::start(2).await;
    let (one, other) = (servers.apps.remove(0), servers.apps.remove(0));
    let (app, provider, _admin) = connected_on(one).await;
    provider.now().person = ada();
    provider.now().expires_in = 0;
    let session = session_id(&app.browser().sign_in("/").await);
    provider.now().expires_in = 3600;
    let userinfo = format!("/calls-api?url={}/userinfo", provider.issuer);
    eventually("the other server calls the API", async || {
        let answer = other.with_session(&userinfo, &session).await;
        answer.status() == StatusCode::OK
    })
    .await;
}

/// Okta still gives tokens, so the session goes on, and is asked about again.
#[tokio::test]
async fn a_fresh_token_that_is_not_bound_is_not_given_to_the_app() {
    let (app, provider, _admin) = connected().await;
    let browser = signed_in_with_expired_token(&app, &provider).await;
    // The former refresh token is of no use any more.
    provider.now().refreshing.grace = Duration::ZERO;
    provider.now().refreshing.answer = json!({ "token_type": "Bearer" });
    let answer = browser.api("/access-token").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(browser.is_signed_in().await);
    provider.now().refreshing.answer = json!({});
    let app = app.restart().await;
    let answer = browser.api("/access-token").await;
    assert_eq!(answer.status(), StatusCode::OK);
    drop(app);
}

#[tokio::test]
async fn sessions_whose_tokens_are_bound_keep_them_when_that_is_switched_off() {
    let (app, provider, admin) = connected().await;
    let browser = signed_in_with_expired_token(&app, &provider).await;
    provider.now().dpop.demanded = false;
    let answer = admin.connect(&refresh_form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = browser.api("/access-token").await;
    assert_eq!(answer.text().await.unwrap(), format!("{ACCESS_TOKEN}-1"));
    let userinfo = format!("/calls-api?url={}/userinfo", provider.issuer);
    assert_eq!(browser.api(&userinfo).await.status(), StatusCode::OK);
    // Whoever signs in now gets others.
    let other = app.signed_in(&provider, ada()).await;
    assert_eq!(other.api(&userinfo).await.status(), StatusCode::OK);
    let sent = provider.now().token_request.clone().unwrap();
    assert!(!sent.headers.contains_key("dpop"));
}

#[tokio::test]
async fn sessions_of_before_get_bound_tokens_with_the_next_refresh() {
    let (app, provider, admin) = ready().await;
    admin.connect(&refresh_form(&provider)).await;
    admin.sign_in("/").await;
    let browser = signed_in_with_expired_token(&app, &provider).await;
    let answer = admin.connect(&bound(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    provider.now().dpop.demanded = true;
    let answer = browser.api("/access-token").await;
    let token = answer.text().await.unwrap();
    assert_eq!(token, format!("{ACCESS_TOKEN}-1"));
    let sent = provider.now().token_request.clone().unwrap();
    assert!(sent.headers.contains_key("dpop"));
}
