use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ConnectionOptions, Timestamp};

/// What an admin types to connect an Okta app: the three values from its page in the Okta Admin Console, and what else
/// may be chosen.
///
/// `Debug` hides the client secret and the API token.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionForm {
    /// Client ID of the app integration.
    pub client_id: String,
    /// Client secret. Empty keeps the stored one, as long as client ID and issuer stay the same.
    #[serde(default)]
    pub client_secret: String,
    /// Issuer URI, or whatever was pasted in its place: a bare domain, the admin domain, a discovery URL.
    pub issuer: String,
    /// The authorization server at that domain: `org`, `default`, or an ID. Empty means what the issuer URI says.
    #[serde(default)]
    pub authorization_server: String,
    /// API token. Empty keeps the stored one, as long as the domain stays the same.
    #[serde(default)]
    pub api_token: String,
    /// Everything else.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

impl fmt::Debug for ConnectionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionForm")
            .field("client_id", &self.client_id)
            .field("client_secret", &"[hidden]")
            .field("issuer", &self.issuer)
            .field("authorization_server", &self.authorization_server)
            .field("api_token", &"[hidden]")
            .field("options", &self.options)
            .finish()
    }
}

/// A working connection as it is shown: everything but the secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionSummary {
    /// Name of the connection in this app.
    pub name: String,
    /// Issuer, exactly as in discovery.
    pub issuer: String,
    /// Client ID.
    pub client_id: String,
    /// Since when it is connected.
    pub connected_at: Timestamp,
    /// Whether an API token is stored.
    pub has_api_token: bool,
    /// Whether it was given by the environment, and so cannot be changed in the browser.
    pub managed: bool,
    /// What was chosen beyond that.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

/// The addresses of this app that an admin registers in Okta.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUris {
    /// Sign-in redirect URI.
    pub sign_in: String,
    /// Sign-out redirect URI.
    pub sign_out: String,
    /// Initiate login URI, for a tile on Okta's dashboard.
    pub initiate_login: String,
}

#[cfg(test)]
mod tests {
    use super::ConnectionForm;

    #[test]
    fn debug_hides_the_secrets() {
        let form = ConnectionForm {
            client_secret: "hunter2".into(),
            api_token: "hunter3".into(),
            ..ConnectionForm::default()
        };
        assert!(!format!("{form:?}").contains("hunter"));
    }
}
