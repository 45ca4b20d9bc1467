use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What an admin types to connect an Okta app: the three values from its page in the Okta Admin Console.
///
/// `Debug` hides the client secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionForm {
    /// Client ID of the app integration.
    pub client_id: String,
    /// Client secret. Empty keeps the stored one, as long as client ID and issuer stay the same.
    #[serde(default)]
    pub client_secret: String,
    /// Issuer URI, or whatever was pasted in its place: a bare domain, the admin domain, a discovery URL.
    pub issuer: String,
}

impl fmt::Debug for ConnectionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionForm")
            .field("client_id", &self.client_id)
            .field("client_secret", &"[hidden]")
            .field("issuer", &self.issuer)
            .finish()
    }
}

/// A working connection as it is shown: everything but the secret.
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
}

/// The addresses of this app that an admin registers in Okta.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUris {
    /// Sign-in redirect URI.
    pub sign_in: String,
    /// Sign-out redirect URI.
    pub sign_out: String,
}

#[cfg(test)]
mod tests {
    use super::ConnectionForm;

    #[test]
    fn debug_hides_the_secret() {
        let form = ConnectionForm {
            client_secret: "hunter2".into(),
            ..ConnectionForm::default()
        };
        assert!(!format!("{form:?}").contains("hunter2"));
    }
}
