//! RFC 9449: tokens are bound to this app, which proves with each request that it has their key.

mod api;
mod nonces;
mod options;
mod refresh;
mod sign_in;

use axum_okta::connection::ConnectionForm;
use http::StatusCode;
use serde_json::json;

use crate::harness::{App, Browser, Provider, ada, form_with};

/// A provider that binds tokens, for an app that may be connected.
async fn ready() -> (App, Provider, Browser) {
    ready_on(App::start().await).await
}

async fn ready_on(app: App) -> (App, Provider, Browser) {
    let (provider, admin) = app.ready_to_connect().await;
    provider.now().discovery = json!({ "dpop_signing_alg_values_supported": ["RS256", "ES256"] });
    (app, provider, admin)
}

/// With refresh tokens, and all tokens bound.
fn bound(provider: &Provider) -> ConnectionForm {
    form_with(provider, |form| {
        form.options.refresh_tokens = true;
        form.options.dpop = true;
    })
}

/// An app whose tokens are bound, at a provider that gives no others.
async fn connected() -> (App, Provider, Browser) {
    connected_on(App::start().await).await
}

async fn connected_on(app: App) -> (App, Provider, Browser) {
    let (app, provider, admin) = ready_on(app).await;
    provider.now().dpop.demanded = true;
    let answer = admin.connect(&bound(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    admin.sign_in("/").await;
    (app, provider, admin)
}

/// Somebody whose access token has expired when they come back.
async fn signed_in_with_expired_token(app: &App, provider: &Provider) -> Browser {
    provider.now().expires_in = 0;
    let browser = app.signed_in(provider, ada()).await;
    provider.now().expires_in = 3600;
    browser
}

/// Why the newest sign-in that was refused was refused.
async fn refusal(admin: &Browser) -> String {
    let entries = admin.audit().await;
    let mut entries = entries.as_array().unwrap().iter();
    let refused = entries.find(|entry| entry["event"] == "sign_in_refused");
    refused.unwrap()["detail"].as_str().unwrap().to_owned()
}
