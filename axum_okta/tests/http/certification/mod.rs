//! What the OpenID Foundation demands of a relying party: a test for each module of its
//! certification plans, with the module's name. After each refusal there is no session.
//! <https://openid.net/certification/connect_rp_testing/>

mod back_channel;
mod basic;
mod beyond;
mod config;
mod form_post;
mod front_channel;
mod id_token;
mod logout;
mod refresh;
mod requests;
mod signed_userinfo;
mod third_party_login;

use http::StatusCode;
use serde_json::Value;

use crate::harness::{App, Behaviour, Browser, Provider};

/// Signs in at a provider that behaves in this way.
async fn sign_in(behave: impl FnOnce(&mut Behaviour)) -> (App, Provider, Browser, StatusCode) {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    behave(&mut provider.now());
    let status = browser.sign_in("/").await.status();
    (app, provider, browser, status)
}

async fn succeeds(behave: impl FnOnce(&mut Behaviour)) -> Value {
    let (_app, _provider, browser, status) = sign_in(behave).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    browser.identity().await
}

async fn is_refused(behave: impl FnOnce(&mut Behaviour)) {
    let (_app, _provider, browser, status) = sign_in(behave).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
    assert_eq!(
        browser.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
}
