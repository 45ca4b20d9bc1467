//! Sessions that Okta ends: front-channel logout, back-channel logout, and Universal Logout.

mod back_channel;
mod calls;
mod everywhere;
mod front_channel;
mod tokens;
mod universal_logout;

use axum_okta::OktaBuilder;
use http::{Method, header};
use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::{App, Browser, Provider, Signed, ada, grace, postgres};

const UNIVERSAL_LOGOUT: &str = "/global-token-revocation";

/// Posts a form to the address of the back channel, as a provider does.
async fn post_logout_token(app: &App, token: &str) -> Response {
    let form = [("logout_token", token)];
    app.browser().submit("/backchannel-logout", &form).await
}

/// Calls the address of Universal Logout as Okta does.
async fn revoke(app: &App, token: &str, body: &Value) -> Response {
    revoke_with(app, &format!("Bearer {token}"), body.to_string()).await
}

async fn revoke_with(app: &App, authorization: &str, body: String) -> Response {
    app.browser()
        .request(Method::POST, UNIVERSAL_LOGOUT)
        .header(header::AUTHORIZATION, authorization)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .send()
        .await
        .unwrap()
}

/// What authenticates such a call, with this change.
fn revocation_token(app: &App, provider: &Provider, change: impl FnOnce(&mut Signed)) -> String {
    provider.revocation_token(&format!("{}{UNIVERSAL_LOGOUT}", app.url), change)
}

fn by_email(email: &str) -> Value {
    json!({ "sub_id": { "format": "email", "email": email } })
}

fn by_subject(issuer: &str, subject: &str) -> Value {
    json!({ "sub_id": { "format": "iss_sub", "iss": issuer, "sub": subject } })
}

/// Ada in two browsers, in two sessions of Okta's, and Grace, who is the admin.
struct People {
    app: App,
    provider: Provider,
    ada: [Browser; 2],
    grace: Browser,
}

impl People {
    async fn signed_in() -> Self {
        let app = App::start().await;
        let (provider, admin) = app.connected().await;
        let people = Self::sign_in(&app, &provider, admin).await;
        Self {
            ada: people.0,
            grace: people.1,
            app,
            provider,
        }
    }

    async fn sign_in(app: &App, provider: &Provider, admin: Browser) -> ([Browser; 2], Browser) {
        let at_okta = |sid: &str| provider.now().id_token = json!({ "sid": sid });
        at_okta("sid of grace");
        provider.now().person = grace();
        admin.sign_in("/").await;
        at_okta("first sid of ada");
        let first = app.signed_in(provider, ada()).await;
        at_okta("second sid of ada");
        let second = app.signed_in(provider, ada()).await;
        ([first, second], admin)
    }

    /// Who is still signed in: Ada, Ada again, Grace.
    async fn are_signed_in(&self) -> [bool; 3] {
        [
            self.ada[0].is_signed_in().await,
            self.ada[1].is_signed_in().await,
            self.grace.is_signed_in().await,
        ]
    }

    /// The newest entry of the audit trail: event, actor, and detail.
    async fn newest_entry(&self) -> [String; 3] {
        let entry = self.grace.audit().await[0].take();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        [
            text(&entry["event"]),
            text(&entry["actor"]["kind"]),
            text(&entry["detail"]),
        ]
    }

    /// What the settings page says of the calls of an address.
    async fn calls(&self, address: &str) -> Value {
        let mut settings = self.grace.settings().await;
        let calls = settings["sign_out_calls"].as_array_mut().unwrap();
        let of_address = calls.iter_mut().find(|calls| calls["address"] == address);
        of_address.unwrap().take()
    }
}

/// Servers on one PostgreSQL.
async fn on_postgres() -> impl Fn(OktaBuilder) -> OktaBuilder + Clone {
    let url = postgres::database().await;
    move |builder| {
        let key = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";
        builder.database(&url).encryption_key(key.to_owned())
    }
}
