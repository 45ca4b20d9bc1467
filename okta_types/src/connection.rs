use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ConnectionOptions, SignInPolicy, Timestamp};

/// What an admin enters to connect an Okta app: the three values from the app's page in the Okta
/// Admin Console, and the options.
///
/// `Debug` hides the client secret and the API token.
///
/// ```
/// use okta_types::{ConnectionForm, GroupsFrom};
///
/// let mut form = ConnectionForm::new("0oa1", "secret", "https://dev-1.okta.com");
/// form.options.groups_from = GroupsFrom::Nowhere;
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ConnectionForm {
    /// Client ID of the app integration.
    pub client_id: String,
    /// Client secret. If empty, the stored one is kept, as long as the client ID and issuer don't
    /// change.
    #[serde(default)]
    pub client_secret: String,
    /// Issuer URI. A bare domain, the admin domain, or a discovery URL is accepted, too.
    pub issuer: String,
    /// The authorization server at that domain: `org`, `default`, or an ID. If empty, the issuer
    /// URI decides.
    #[serde(default)]
    pub authorization_server: String,
    /// API token. If empty, the stored one is kept, as long as the domain doesn't change.
    #[serde(default)]
    pub api_token: String,
    /// The options.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

impl ConnectionForm {
    /// Creates a form with these three values and default options.
    #[must_use]
    pub fn new(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        issuer: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            issuer: issuer.into(),
            ..Self::default()
        }
    }
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

/// A connection for display: everything but the secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ConnectionSummary {
    /// Name of the connection in this app.
    pub name: String,
    /// Issuer, exactly as in discovery.
    pub issuer: String,
    /// Client ID.
    pub client_id: String,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// Whether an API token is stored.
    pub has_api_token: bool,
    /// Key of the organization whose connection it is.
    #[serde(default)]
    pub organization: String,
    /// Whether anybody can sign in through it.
    #[serde(default)]
    pub enabled: bool,
    /// Whether whoever signs in may choose it from a list.
    #[serde(default)]
    pub listed: bool,
    /// Where it is in lists.
    #[serde(default)]
    pub place: i64,
    /// Who may sign in through it.
    #[serde(default)]
    pub sign_in_policy: SignInPolicy,
    /// Whether the server's environment sets the connection, so that it can't be changed in the
    /// browser.
    pub managed: bool,
    /// The options.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

impl ConnectionSummary {
    /// Creates a summary of a connection made in the browser, without an API token, of an
    /// organization of its own.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        connected_at: Timestamp,
        options: ConnectionOptions,
    ) -> Self {
        let name = name.into();
        Self {
            organization: name.clone(),
            enabled: true,
            listed: false,
            place: 0,
            sign_in_policy: SignInPolicy::default(),
            name,
            issuer: issuer.into(),
            client_id: client_id.into(),
            connected_at,
            has_api_token: false,
            managed: false,
            options,
        }
    }
}

/// The addresses of this app to register in Okta.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RedirectUris {
    /// Sign-in redirect URI.
    pub sign_in: String,
    /// Sign-out redirect URI.
    pub sign_out: String,
    /// Initiate login URI, for a tile on Okta's dashboard.
    pub initiate_login: String,
    /// Front-channel logout URI, for Okta's single logout.
    #[serde(default)]
    pub front_channel_logout: String,
    /// Back-channel logout URI, for providers other than Okta.
    #[serde(default)]
    pub back_channel_logout: String,
    /// The endpoint of Okta's Universal Logout.
    #[serde(default)]
    pub universal_logout: String,
}

impl RedirectUris {
    /// Creates the set from the addresses of a sign-in. Those at which Okta ends sessions are empty.
    #[must_use]
    pub fn new(
        sign_in: impl Into<String>,
        sign_out: impl Into<String>,
        initiate_login: impl Into<String>,
    ) -> Self {
        Self {
            sign_in: sign_in.into(),
            sign_out: sign_out.into(),
            initiate_login: initiate_login.into(),
            front_channel_logout: String::new(),
            back_channel_logout: String::new(),
            universal_logout: String::new(),
        }
    }
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
