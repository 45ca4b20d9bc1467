//! Programs that change the settings.

mod connections;
mod description;
mod fuzzed;
mod generated_client;
mod idempotency;
mod setup_links;
mod tokens;

use axum_okta::settings::{AdminTokenForm, TokenAccess};
use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::{App, Browser};

/// A program with a token and without cookies.
pub struct Program {
    client: Browser,
    pub token: String,
}

impl Program {
    pub fn new(app: &App, token: impl Into<String>) -> Self {
        Self {
            client: app.browser(),
            token: token.into(),
        }
    }

    /// With a new token of this kind, which an admin makes in their settings.
    pub async fn with(app: &App, admin: &Browser, form: AdminTokenForm) -> Self {
        Self::new(app, create(admin, TOKENS, form).await.0)
    }

    /// With a new token for the whole app that changes things.
    pub async fn of_whole_app(app: &App, admin: &Browser) -> Self {
        let form = AdminTokenForm::new("A program").access(TokenAccess::Write);
        Self::with(app, admin, form).await
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method, path);
        request.header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Response {
        let request = self.request(method, path).json(body);
        request.send().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }
}

pub const TOKENS: &str = "/api/okta/tokens";

/// A new token, and its ID.
pub async fn create(admin: &Browser, path: &str, form: AdminTokenForm) -> (String, String) {
    let created = admin.send_json(Method::POST, path, &json!(form)).await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let created: Value = created.json().await.unwrap();
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    (text("token"), text("id"))
}
