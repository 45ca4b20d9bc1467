use serde::{Deserialize, Serialize};

use crate::{CheckReport, ConnectionSummary, RedirectUris};

/// What the settings page may show to this visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
pub enum Settings {
    /// Whoever holds the setup code may go on.
    SetupCode {
        /// Whether signing in as an admin would open the page, too.
        has_admin: bool,
    },
    /// Nobody is signed in; an admin has to.
    SignIn,
    /// The person signed in is not an admin of this app.
    Forbidden,
    /// Go ahead.
    Open(Box<OpenSettings>),
    /// The plugin could not start; the operator finds the reason in the server's log.
    Unavailable,
}

/// The settings, as an admin sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSettings {
    /// The connection in use.
    pub connection: Option<ConnectionSummary>,
    /// What to register in Okta.
    pub redirect_uris: RedirectUris,
    /// What this admin tried last and could not connect, so that nothing typed is lost.
    pub draft: Option<Draft>,
    /// What the checks said last.
    pub report: Option<CheckReport>,
    /// Whether an admin has signed in already; if not, the next person to sign in here becomes one.
    pub has_admin: bool,
}

/// A configuration that was tried. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Client ID as typed.
    pub client_id: String,
    /// Issuer as typed.
    pub issuer: String,
}
