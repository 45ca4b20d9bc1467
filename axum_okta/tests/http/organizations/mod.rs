//! Several organizations, each with an Okta of its own.

mod admins;
mod branding;
mod changes;
mod dns;
mod domains;
mod from_code;
mod mix_up;
mod settings;
mod setup_links;
mod sign_in;
mod strangers;

use axum_okta::OktaBuilder;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{App, Browser, Provider, form, location, table};

/// An app that sells to two companies, and belongs to a third.
pub struct Market {
    pub app: App,
    /// Of the company that makes the app: the first connection.
    pub own: Provider,
    pub acme: Provider,
    pub beta: Provider,
    /// An admin of the whole app, signed in.
    pub admin: Browser,
}

impl Market {
    pub async fn open() -> Self {
        Self::open_with(|builder| builder).await
    }

    pub async fn open_with(change: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        let app = App::start_with(change).await;
        let (own, admin) = app.connected().await;
        assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
        let acme = Self::connect(&app, &admin, "acme").await;
        let beta = Self::connect(&app, &admin, "beta").await;
        Self {
            app,
            own,
            acme,
            beta,
            admin,
        }
    }

    /// A new Okta, connected under this name.
    pub async fn connect(app: &App, admin: &Browser, name: &str) -> Provider {
        let provider = Provider::start(&format!("{}/{name}", app.callback())).await;
        let connected = admin.connect_as(name, &form(&provider)).await;
        assert_eq!(connected.status(), StatusCode::OK);
        provider
    }

    /// Changes a connection as an admin of the whole app.
    pub async fn change(&self, name: &str, change: Value) -> StatusCode {
        let path = connection(name);
        let changed = self.admin.send_json(Method::PATCH, &path, &change).await;
        changed.status()
    }

    /// From now on the domain leads to the connection.
    pub async fn verify(&self, name: &str, domain: &str) -> StatusCode {
        let path = format!("{}/domains/{domain}", connection(name));
        for (method, expected) in [(Method::PUT, 200), (Method::POST, 204)] {
            let done = self.admin.send_json(method, &path, &Value::Null).await;
            if done.status() != expected {
                return done.status();
            }
        }
        StatusCode::OK
    }

    /// Somebody signed in through this connection.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let browser = self.app.browser();
        let done = browser
            .sign_in_at(&format!("/login?connection={name}"))
            .await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        browser
    }

    /// An admin of this connection, signed in, by a role.
    pub async fn admin_of(&self, name: &str) -> Browser {
        let path = format!("{}/roles", connection(name));
        let roles = json!(table(&[("Engineering", "admin")]));
        let set = self.admin.send_json(Method::PUT, &path, &roles).await;
        assert_eq!(set.status(), StatusCode::NO_CONTENT);
        self.signed_in(name).await
    }

    /// The issuer that an address of the sign-in leads to.
    pub async fn leads_to(&self, login: &str) -> Option<&'static str> {
        let answer = self.app.browser().page(login).await;
        if answer.status() != StatusCode::SEE_OTHER {
            return None;
        }
        let location = location(&answer);
        let providers = [
            ("own", &self.own),
            ("acme", &self.acme),
            ("beta", &self.beta),
        ];
        let found = providers
            .iter()
            .find(|(_, provider)| location.starts_with(&provider.issuer));
        found.map(|(name, _)| *name)
    }
}

pub fn connection(name: &str) -> String {
    format!("/api/okta/connections/{name}")
}
