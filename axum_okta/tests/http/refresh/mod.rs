//! In the middle of a session, Okta is asked again.

mod access_token;
mod answers;
mod api;
mod browser;
mod claims;
mod revocation;
mod servers;

use std::time::Duration;

use http::StatusCode;

use crate::harness::{App, Browser, PATIENCE, Provider, ada, refresh_form};

/// An app whose connection wants refresh tokens, its provider, and its admin.
pub struct Stage {
    pub app: App,
    pub provider: Provider,
    pub admin: Browser,
}

impl Stage {
    pub async fn start() -> Self {
        Self::with(App::start().await).await
    }

    pub async fn with(app: App) -> Self {
        let (provider, admin) = app.ready_to_connect().await;
        let connected = admin.connect(&refresh_form(&provider)).await;
        assert_eq!(connected.status(), StatusCode::OK);
        admin.sign_in("/").await;
        Self {
            app,
            provider,
            admin,
        }
    }

    /// Somebody whose access token has expired when they come back. Those that follow last.
    pub async fn signed_in_with_expired_token(&self) -> Browser {
        self.provider.now().expires_in = 0;
        let browser = self.app.signed_in(&self.provider, ada()).await;
        self.provider.now().expires_in = 3600;
        browser
    }

    /// Waits until the session has ended, and the audit trail says why.
    pub async fn until_ended(&self, browser: &Browser) -> String {
        until(async || !browser.is_signed_in().await).await;
        until_recorded(&self.admin).await
    }
}

/// Waits until the newest entry says that a session has ended, and gives its reason.
pub async fn until_recorded(admin: &Browser) -> String {
    let mut newest = serde_json::Value::Null;
    until(async || {
        newest = admin.audit().await[0].take();
        newest["event"] == "session_ended"
    })
    .await;
    newest["detail"].as_str().unwrap().to_owned()
}

/// Comes back until the provider has been asked for fresh tokens, and has answered.
pub async fn refreshed(provider: &Provider, browser: &Browser) {
    until(async || {
        browser.is_signed_in().await;
        provider.asked("rotated") > 0
    })
    .await;
}

/// Waits for what happens in the background.
pub async fn until(mut happened: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !happened().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.expect("it happens in time");
}
