//! A person's browser, or a program: keeps cookies, follows nothing.

use std::time::Duration;

use axum_okta::{connection::ConnectionForm, roles::RoleTable};
use http::{Method, StatusCode, header};
use reqwest::{Client, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::location;

/// The JSON route of the connection.
pub const CONNECTION: &str = "/api/okta/connections/okta";

pub struct Browser {
    client: Client,
    url: String,
}

impl Browser {
    pub fn new(url: &str) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        Self {
            client,
            url: url.to_owned(),
        }
    }

    /// An address of the app, or a whole one.
    fn address(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.url)
        } else {
            path.to_owned()
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.address(path))
    }

    /// Asks for a page as a person's browser does.
    pub async fn page(&self, path: &str) -> Response {
        let request = self.request(Method::GET, path);
        send(request.header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")).await
    }

    /// Asks as a program does.
    pub async fn api(&self, path: &str) -> Response {
        send(self.request(Method::GET, path)).await
    }

    /// What a program is told.
    pub async fn json<T: DeserializeOwned>(&self, path: &str) -> T {
        self.api(path).await.json().await.expect("JSON")
    }

    pub async fn post(&self, path: &str) -> Response {
        send(self.request(Method::POST, path)).await
    }

    /// Submits a form as a person's browser does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.request(Method::POST, path).form(fields);
        send(request.header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")).await
    }
}

/// Signing in.
impl Browser {
    /// From the answer of `/login` on, at the provider; gives the provider's answer, which is the
    /// way back.
    pub async fn at_provider(&self, login: &Response) -> String {
        location(&self.page(&location(login)).await)
    }

    /// Goes to the sign-in; gives the provider's answer, which is the way back.
    pub async fn to_provider_and_back(&self, return_to: &str) -> String {
        let login = self.page(&format!("/login?return_to={return_to}")).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
        self.at_provider(&login).await
    }

    /// The whole way; gives the answer of the callback.
    pub async fn sign_in(&self, return_to: &str) -> Response {
        let callback = self.to_provider_and_back(return_to).await;
        self.page(&callback).await
    }

    /// The whole way through the connection that this address of the sign-in leads to.
    pub async fn sign_in_at(&self, login: &str) -> Response {
        let login = self.page(login).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER);
        let callback = self.at_provider(&login).await;
        self.page(&callback).await
    }

    pub async fn is_signed_in(&self) -> bool {
        self.api("/api/identity").await.status() == StatusCode::OK
    }

    /// Who is signed in, as the app's JSON says.
    pub async fn identity(&self) -> Value {
        let answer = self.api("/api/identity").await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.expect("an identity")
    }

    /// Who is signed in, as the app's own route says; `null` when nobody is.
    pub async fn subject(&self) -> Value {
        self.json::<Value>("/whoami").await["subject"].take()
    }
}

/// The settings, as an admin's program changes them.
impl Browser {
    pub async fn try_setup_code(&self, code: &str) -> Response {
        let request = self.request(Method::POST, "/api/okta/setup");
        send(request.json(&json!({ "setup": code }))).await
    }

    pub async fn enter_setup_code(&self, code: &str) {
        assert_eq!(
            self.try_setup_code(code).await.status(),
            StatusCode::NO_CONTENT
        );
    }

    pub async fn connect(&self, form: &ConnectionForm) -> Response {
        send(self.request(Method::PUT, CONNECTION).json(form)).await
    }

    /// Connects an Okta app under a name of its own.
    pub async fn connect_as(&self, name: &str, form: &ConnectionForm) -> Response {
        let path = format!("/api/okta/connections/{name}");
        send(self.request(Method::PUT, &path).json(form)).await
    }

    /// Sends JSON to a route of the settings.
    pub async fn send_json(&self, method: Method, path: &str, body: &Value) -> Response {
        send(self.request(method, path).json(body)).await
    }

    pub async fn disconnect(&self) {
        let answer = send(self.request(Method::DELETE, CONNECTION)).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }

    pub async fn set_roles(&self, table: &RoleTable) -> Response {
        send(self.request(Method::PUT, "/api/okta/roles").json(table)).await
    }

    /// The role table in use.
    pub async fn roles(&self) -> RoleTable {
        self.json("/api/okta/roles").await
    }

    /// What the settings page would show.
    pub async fn settings(&self) -> Value {
        let settings = self.api("/settings").await;
        assert_eq!(settings.status(), StatusCode::OK);
        settings.json().await.expect("the settings")
    }

    /// The newest entries of the audit trail, a page of them, newest first.
    pub async fn audit(&self) -> Value {
        self.json::<Value>("/api/okta/audit").await["entries"].take()
    }
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}
