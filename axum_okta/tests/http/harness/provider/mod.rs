//! An OpenID provider that does what a test tells it to, right or wrong. Real HTTP, real keys.

mod api;
mod assertion;
mod authorize;
mod behaviour;
mod discovery;
mod dpop;
mod logout;
mod mishap;
mod people;
mod provisioning;
mod push;
mod refresh;
mod revocation;
mod signing;
mod token;
mod userinfo;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::{
    Router,
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::Notify};

use super::port::url_of;

pub use behaviour::{Authentication, Behaviour};
pub use dpop::Nonce;
pub use logout::Signed;
pub use people::{ada, grace};
pub use refresh::Instead;
pub use signing::{SHORT_KEY, Signature};
pub use token::ACCESS_TOKEN;

pub const CLIENT_ID: &str = "0oa1testclient";
pub const CLIENT_SECRET: &str = "the-right-secret";
/// Where an org's custom authorization server is.
const SERVER: &str = "/oauth2/default";
pub const API_TOKEN: &str = "00aTheRightApiToken";

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    behaviour: Arc<Mutex<Behaviour>>,
    was_asked: Arc<Notify>,
    server: Option<Arc<Self>>,
}

impl Provider {
    /// Starts one that knows [`CLIENT_ID`] and this redirect URI.
    pub async fn start(redirect_uri: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = url_of(&listener);
        let server = Self::new(format!("{issuer}{SERVER}"), redirect_uri);
        let mut provider = Self::new(issuer, redirect_uri);
        let router = provider.router().nest(SERVER, server.router());
        provider.server = Some(Arc::new(server));
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    fn new(issuer: String, redirect_uri: &str) -> Self {
        Self {
            issuer,
            behaviour: Arc::new(Mutex::new(Behaviour::right(redirect_uri))),
            was_asked: Arc::default(),
            server: None,
        }
    }

    fn router(&self) -> Router {
        Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(discovery::discovery),
            )
            .route("/keys", get(signing::keys))
            .route("/authorize", get(authorize::authorize))
            .route("/par", post(push::push))
            .route("/token", post(token::token))
            .route("/revoke", post(revocation::revoke))
            .route("/userinfo", get(userinfo::userinfo))
            .route("/api/v1/users/me", get(api::me))
            .route("/api/v1/groups", get(api::all_groups))
            .route("/api/v1/users/{user}", get(api::user))
            .route("/api/v1/users/{user}/groups", get(api::groups))
            .with_state(self.clone())
    }

    /// A custom authorization server of this org's, with keys of its own.
    pub fn authorization_server(&self) -> &Self {
        self.server.as_deref().expect("an org")
    }

    /// What it does from now on.
    pub fn now(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour
            .lock()
            .expect("no test panicked while holding it")
    }

    pub fn asked(&self, endpoint: &str) -> usize {
        self.now().asked.get(endpoint).copied().unwrap_or(0)
    }

    /// Waits until an endpoint was asked that often in all.
    pub async fn until_asked(&self, endpoint: &str, times: usize) {
        while self.asked(endpoint) < times {
            self.was_asked.notified().await;
        }
    }

    /// Returns which request to the endpoint this is. No other has the same number.
    fn count(&self, endpoint: &'static str) -> usize {
        let number = {
            let mut behaviour = self.now();
            let asked = behaviour.asked.entry(endpoint).or_default();
            *asked += 1;
            *asked
        };
        self.was_asked.notify_one();
        number
    }
}
