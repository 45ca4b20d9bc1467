//! Sign in with Okta for [axum]: one tower layer, one guard, connected from the browser.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use axum_okta::{Identity, Okta, require_auth};
//!
//! async fn hello(identity: Identity) -> String {
//!     format!("Hello, {}!", identity.display_name())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let okta = Okta::builder().base_url("http://127.0.0.1:3000").open().await?;
//!     let app = Router::new()
//!         .route("/", get(|| async { "Anybody may read this." }))
//!         .route("/hello", get(hello).layer(require_auth()))
//!         .layer(okta.layer());
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app).await?;
//!     Ok(())
//! }
//! ```
//!
//! Nothing of Okta is in this code. An admin connects the app while it runs: with the settings page of `leptos_okta`, or
//! with the JSON routes below. The connection takes effect at once and is kept, its secret encrypted, in SQLite.
//!
//! # What the layer does
//!
//! [`Okta::layer`] goes around the whole router, last. For every request it
//!
//! 1. refuses more than 16 KiB of cookies with 431, then reads the session cookie (by
//!    [tower-sessions](tower_sessions); the host may use the [`Session`](tower_sessions::Session) for itself, too),
//! 2. finds out who is signed in, from memory, else from the database, and leaves it for the guard and the extractors,
//! 3. answers its own routes:
//!
//! | route | what |
//! |---|---|
//! | `GET /login?return_to=/path` | starts a sign-in: authorization code, PKCE S256, state, nonce |
//! | `GET, POST /authorization-code/callback` | Okta comes back here |
//! | `POST /logout` | ends the session here, then at Okta |
//! | `GET /api/identity` | the [`Identity`] as JSON; 401 when nobody is signed in |
//! | `POST /api/okta/setup` | `{"setup": "CODE"}` opens the settings for this browser |
//! | `GET /api/okta/audit` | the audit trail, newest first; `?event=`, `?person=`, `?before=`, `?after=`, see [`AuditQuery`]; `?format=csv` or `jsonl` downloads all of it |
//! | `/api/okta/connections/okta` | `GET`, `PUT` (connect), `POST` (check again), `DELETE` (disconnect) |
//! | `POST /api/okta/connections/okta/test` | a real sign-in that starts no session; `return_to` is the settings page |
//! | `/api/okta/roles` | `GET`, `PUT`: the role table |
//! | `/api/okta/admins` | `GET`, `DELETE` with `{"issuer", "subject"}`: who is admin by name |
//!
//! 4. refuses state-changing requests that another site caused, for the whole app ([`tower_http::csrf`]),
//! 5. forbids caches to keep an answer for which somebody asked who is signed in.
//!
//! # Who is signed in
//!
//! [`Identity`] is an extractor, and so is `Option<Identity>`. A person's key is the pair of issuer and subject; an e-mail
//! address is for show.
//!
//! ```
//! use axum_okta::Identity;
//!
//! async fn greeting(identity: Option<Identity>) -> String {
//!     match identity {
//!         Some(identity) => format!("Hello, {}!", identity.display_name()),
//!         None => "Hello, stranger!".to_owned(),
//!     }
//! }
//! # let _: axum::routing::MethodRouter = axum::routing::get(greeting);
//! ```
//!
//! # The first admin
//!
//! Before anybody can sign in, whoever holds the setup code may connect Okta. Print it when your app starts:
//!
//! ```no_run
//! # async fn start(okta: axum_okta::Okta) -> Result<(), Box<dyn std::error::Error>> {
//! use axum_okta::{ExposeSecret, Setup};
//!
//! if let Setup::Code(code) = okta.prepare_setup().await? {
//!     println!("Setup code: {}", code.expose_secret());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The first person to sign in from the browser that entered it becomes the admin, and the code is dead.
//! [`Okta::new_setup_code`] makes another one when everybody is locked out.
//!
//! # Groups and roles
//!
//! [`Identity::groups`] is what Okta says: a claim, or Okta's API for any number of groups. [`Identity::roles`] is what the
//! role table on the settings page makes of them; a change of the table reaches people who are signed in at once.
//!
//! ```
//! use axum::{Router, routing::get};
//! use axum_okta::{Identity, require_auth};
//!
//! async fn report(identity: Identity) -> String {
//!     let costs = if identity.has_role("accountant") { "costs: 7" } else { "" };
//!     let desk: String = identity.claim("desk").unwrap_or_default();
//!     format!("Report for desk {desk} {costs}")
//! }
//!
//! let app: Router = Router::new()
//!     .route("/report", get(report).layer(require_auth().any_role(["accountant", "auditor"])))
//!     .route("/lab", get(report).layer(require_auth().group("Engineering")));
//! ```
//!
//! The role [`ADMIN`] opens the settings. So does being the first to sign in from the browser that entered the setup code.
//!
//! # A connection from the operator
//!
//! For deployments without a browser in the way, give the connection to the builder. It needs no setup code, and the
//! settings page shows it read-only.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use axum_okta::{ConnectionForm, Okta};
//!
//! let okta = Okta::builder()
//!     .managed_connection(ConnectionForm {
//!         client_id: std::env::var("OKTA_CLIENT_ID")?,
//!         client_secret: std::env::var("OKTA_CLIENT_SECRET")?,
//!         issuer: std::env::var("OKTA_ISSUER_URI")?,
//!         ..ConnectionForm::default()
//!     })
//!     .admin_group("App admins")
//!     .open()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Audit trail
//!
//! Sign-ins, refusals with their reason, setup codes and every change of the settings are kept for a year: who, what, when,
//! from where. Admins read it on the settings page; `tracing` has the same under the target `axum_okta::audit`, with the
//! names of [`AuditEvent`] in the field `event`.
//!
//! # When something cannot be opened
//!
//! [`OktaBuilder::open`] says what and what to do about it. [`OktaBuilder::open_or_deny`] logs the same and lets the app
//! start with everything of ours closed.
//!
//! # Behind a proxy
//!
//! Redirect URIs are built from [`OktaBuilder::base_url`], never from a header of the request. With an `https` base URL
//! the cookies are `Secure` and carry the `__Host-` prefix. Serve with
//! [`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info), so that attempts at the
//! setup code are counted by address.

mod audit;
mod builder;
mod client_address;
mod connection;
mod cookies;
mod error;
mod groups;
mod guard;
mod identity;
mod layer;
mod limit;
mod oidc;
mod okta;
mod okta_api;
mod page;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
mod return_to;
mod roles;
mod routes;
mod session;
mod session_store;
mod settings;
mod store;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

pub use builder::OktaBuilder;
pub use connection::issuer::IssuerError;
pub use error::{
    DiscoveryError, EncryptionError, GroupsError, HttpError, OktaApiError, OpenError,
    SettingsError, SignInError, StoreError,
};
pub use guard::{RequireAuth, RequireAuthService, require_auth};
pub use ipnet::IpNet;
pub use layer::{OktaLayer, OktaService};
pub use okta::{Okta, Setup};
pub use okta_types::{
    ADMIN, Actor, AdminSummary, AuditEntry, AuditEvent, AuditPage, AuditQuery, Check, CheckName,
    CheckReport, ClaimError, ClientAuthentication, ConnectionForm, ConnectionOptions,
    ConnectionSummary, CurrentIdentity, Draft, Forbidden, GroupsFrom, Identity, MissingGroups,
    NotSignedIn, OpenSettings, Outcome, RecentActivity, RedirectUris, Requirement, RoleRule,
    RoleTable, SeenGroup, Settings, SettingsRefusal, TestReport, Timestamp,
};
pub use secrecy::{ExposeSecret, SecretString};
pub use settings::{Admin, Visitor};

/// More than anybody can guess.
const TOKEN_BYTES: usize = 32;

/// A random value that fits into a URL, a cookie and a header.
fn random_token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>())
}
