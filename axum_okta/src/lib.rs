//! placeholder doc

mod connection;
mod error;
mod guard;
mod identity;
mod layer;
mod limit;
mod oidc;
mod okta;
mod page;
mod return_to;
mod routes;
mod session;
mod settings;
mod store;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

pub use connection::issuer::IssuerError;
pub use error::{
    DiscoveryError, EncryptionError, HttpError, OpenError, SettingsError, SignInError, StoreError,
};
pub use guard::{RequireAuth, RequireAuthService, require_auth};
pub use layer::{OktaLayer, OktaService};
pub use okta::{Okta, OktaBuilder, Setup};
pub use okta_types::{
    Check, CheckName, CheckReport, ConnectionForm, ConnectionSummary, CurrentIdentity, Identity,
    NotSignedIn, OpenSettings, Outcome, RedirectUris, Settings, SettingsRefusal, Timestamp,
};
pub use secrecy::{ExposeSecret, SecretString};
pub use settings::{Admin, Visitor};

/// More than anybody can guess.
const TOKEN_BYTES: usize = 32;

/// A random value that fits into a URL, a cookie and a header.
fn random_token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>())
}
