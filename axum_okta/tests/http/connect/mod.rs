//! Connecting: every check, what it saves, and that it takes effect at once.

mod checks;
mod demands;
mod network;
mod saving;
mod slash;

use axum_okta::connection::ConnectionForm;
use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{App, Browser, Provider};

/// An app with the settings open and a provider that knows it, not connected yet.
async fn ready() -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    (app, provider, admin)
}

/// Tries to connect and expects the refusal with these outcomes, and nothing saved.
async fn refused(app: &App, admin: &Browser, form: &ConnectionForm, expected: Value) -> String {
    let answer = admin.connect(form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text().await.unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    for check in report["checks"].as_array().unwrap() {
        let name = check["name"].as_str().unwrap();
        assert_eq!(
            check["outcome"], expected[name],
            "{name}: {}",
            check["message"]
        );
        if check["outcome"] == "failed" {
            assert!(check["remedy"].is_string(), "{name} says what to do");
        }
    }
    assert_eq!(app.okta.connection(), None);
    text
}

fn only_issuer_failed() -> Value {
    json!({ "issuer": "failed", "discovery": "skipped", "endpoints": "skipped",
        "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" })
}
