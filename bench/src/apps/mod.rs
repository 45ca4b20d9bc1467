//! The same tiny route, in one app for each way to guard it.

mod bare;
mod login;
mod oidc;
pub mod okta;
mod sessions;

use axum::{Router, body::Body, extract::Request, response::Response};
use axum_okta::layer::OktaService;
use clap::{Args, ValueEnum};
use tower::ServiceExt;

/// What every route answers.
pub const HELLO: &str = "Hello, whoever you are.\n";

pub const PUBLIC: &str = "/public";
pub const GUARDED: &str = "/guarded";
/// Guarded, and its handler takes the identity.
pub const IDENTITY: &str = "/identity";
/// Of axum alone: in a layer that does nothing, and in two.
pub const LAYERED: &str = "/layered";
pub const TWICE_LAYERED: &str = "/twice-layered";
/// Of axum alone: sends everybody to where the plugin sends people who aren't signed in.
pub const REDIRECT: &str = "/redirect";
/// Of apps that need no provider: whoever asks is signed in.
pub const SIGN_IN: &str = "/sign-in";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum App {
    /// axum alone.
    Bare,
    /// With the layer of tower-sessions, and a session in memory that no handler reads.
    Sessions,
    /// With the plugin.
    Okta,
    /// With the plugin's layer around the router as a whole.
    OktaAround,
    /// With axum-login, and sessions in memory.
    LoginMemory,
    /// With axum-login, and sessions in SQLite.
    LoginSqlite,
    /// With axum-oidc, and sessions in memory.
    Oidc,
}

/// Where an app is, and what it keeps things in.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The origin that browsers see.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    pub url: String,
    /// A database, for those that have one.
    #[arg(long, default_value = "sqlite::memory:")]
    pub database: String,
    /// The provider, for those that sign in without being connected to one.
    #[arg(long, default_value = "")]
    pub issuer: String,
}

/// What answers.
#[derive(Clone)]
pub enum Answering {
    Router(Router),
    Around(OktaService<Router>),
}

impl App {
    pub async fn answering(self, place: &Place) -> anyhow::Result<Answering> {
        let router = match self {
            Self::Bare => bare::router(),
            Self::Sessions => sessions::router(),
            Self::Okta => okta::router(place).await?,
            Self::OktaAround => return Ok(Answering::Around(okta::around(place).await?)),
            Self::LoginMemory => login::in_memory(),
            Self::LoginSqlite => login::in_sqlite(place).await?,
            Self::Oidc => oidc::router(place).await?,
        };
        // As axum's server does. Otherwise each request would put its route into its layers anew.
        Ok(Answering::Router(router.with_state(())))
    }

    /// As `serve` and `drive` are told.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

impl Answering {
    /// As axum's server passes a request on.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        let Ok(response) = match self {
            Self::Router(router) => router.clone().oneshot(request).await,
            Self::Around(service) => service.clone().oneshot(request).await,
        };
        response
    }
}

async fn hello() -> &'static str {
    HELLO
}
