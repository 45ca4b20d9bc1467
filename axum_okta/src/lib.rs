//! Sign in with Okta for [axum]: one tower layer, one guard, connected from the browser.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use axum_okta::{Identity, Okta, Setup, require_auth, secrecy::ExposeSecret};
//!
//! async fn hello(identity: Identity) -> String {
//!     format!("Hello, {}!", identity.display_name())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let okta = Okta::builder().base_url("http://127.0.0.1:3000").open().await?;
//!     if let Setup::Code(code) = okta.prepare_setup().await? {
//!         println!("Setup code: {}", code.expose_secret());
//!     }
//!     let app = Router::new()
//!         .route("/", get(|| async { "Anyone can read this." }))
//!         .route("/hello", get(hello).layer(require_auth()));
//!     let app = okta.add_to(app)?;
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await?;
//!     Ok(())
//! }
//! ```
//!
//! No client ID, secret, or issuer appears in this code. An admin enters them while the app runs,
//! on the settings page of `leptos_okta` or with [JSON
//! requests](guide::first_admin#connect-without-a-browser). The connection takes effect at once and
//! is stored in the database, with its secret encrypted.
//!
//! # The parts
//!
//! - [`Okta::builder`] configures the plugin; [`Okta`] is the handle that your app keeps.
//! - [`Okta::add_to`] puts the layer around the whole router, last. It serves `/login`, `/logout`, and the
//!   other [routes](guide::layer#routes), and finds out who is signed in.
//! - [`require_auth`] guards a route, for everyone who is signed in or only for people with a role.
//! - [`Identity`] is the person who is signed in. It is an extractor, and so is `Option<Identity>`.
//! - [`SessionEnd`] tells a WebSocket, or a stream of events, when the session ends.
//!
//! # Guides
//!
//! - [The layer](guide::layer): the routes it adds, and what it changes for every request
//! - [Guarding](guide::guarding): guard routes, and read who is signed in
//! - [Roles](guide::roles): groups, roles, and extra claims
//! - [Organizations](guide::organizations): companies that each have an Okta of their own
//! - [Programs](guide::programs): the JSON API, its tokens, and the connections as data
//! - [Sessions](guide::sessions): how long they last, asking Okta again, and access tokens
//! - [Provisioning](guide::provisioning): people and groups that Okta pushes (SCIM)
//! - [The first admin](guide::first_admin): the setup code, and what to do if everyone is locked
//!   out
//! - [A managed connection](guide::managed_connection): connect from your deployment's
//!   configuration
//! - [Behind a proxy](guide::behind_a_proxy): the base URL, cookies, and client addresses
//! - [Operations](guide::operations): storage, the audit trail, and starting when something is
//!   broken
//! - [Migrating](guide::migrating): your own users table; from axum-login, axum-oidc, or JWTs
//! - [Testing](guide::testing): test the routes you guard
//!
//! # Features
//!
//! - `sqlite` (default): stores in a SQLite file
//! - `postgres`: stores in PostgreSQL 15 or later, for more than one server
//! - `dns`: looks up the TXT records of email domains
//! - `openapi`: serves a description of the JSON API (OpenAPI 3.1)
//! - `redis`: keeps sessions in Redis or Valkey, off the database
//! - `transaction`: your statements in the transaction that stores what Okta pushes. It makes sqlx 0.9 a part
//!   of this crate's interface, as `axum_okta::sqlx`
//! - `testing`: a made-up identity in place of the sign-in. For `[dev-dependencies]` only; see
//!   [Testing](guide::testing)
//!
//! # Examples
//!
//! Small whole apps, in [`examples`]:
//!
//! - `hello`: the least that signs people in
//! - `roles`: routes for editors and authors
//! - `managed_connection`: connected from environment variables
//! - `own_session`: an app that keeps a basket in the session
//! - `users`: an app with a users table of its own
//! - `directory`: an app that keeps rows of the people whom Okta provisions
//! - `live`: a WebSocket and a stream of events that end with the session
//!
//! [`examples`]: https://github.com/leptos-okta/leptos_okta/tree/main/axum_okta/examples

#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin_token;
mod api;
pub mod audit;
mod branding;
mod builder;
mod causes;
pub mod configuration;
pub mod connection;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub mod database;
pub mod directory;
mod dns;
mod environment;
pub mod error;
pub mod guard;
pub mod guide;
mod hook;
mod http;
pub mod identity;
pub mod layer;
mod lifecycle;
mod lines;
mod okta;
mod okta_api;
pub mod organizations;
mod outbound;
mod paths;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
mod refresh;
pub mod roles;
mod routes;
mod scim;
mod servers;
mod services;
mod session;
mod session_end;
mod session_script;
pub mod sessions;
pub mod settings;
mod setup;
mod sign_in;
mod sign_out;
mod store;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod token_secret;
mod turns;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

pub use builder::OktaBuilder;
pub use guard::require_auth;
pub use ipnet;
pub use lifecycle::Readiness;
pub use okta::Okta;
pub use okta_types::Identity;
pub use secrecy;
pub use session_end::SessionEnd;
pub use setup::Setup;
#[cfg(feature = "transaction")]
#[cfg_attr(docsrs, doc(cfg(feature = "transaction")))]
pub use sqlx;
pub use tower_sessions;

// Compiles the examples in the crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// More than anybody can guess.
const TOKEN_BYTES: usize = 32;

/// A random value that fits into a URL, a cookie and a header.
fn random_token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>())
}
