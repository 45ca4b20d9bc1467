use serde::{Deserialize, Serialize};

use crate::ConnectionOptions;

/// A configuration that was entered but not saved. Contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// Client ID as entered.
    pub client_id: String,
    /// Issuer as entered.
    pub issuer: String,
    /// Authorization server as entered.
    #[serde(default)]
    pub authorization_server: String,
    /// The options.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

impl Draft {
    /// Creates a draft.
    #[must_use]
    pub fn new(
        client_id: impl Into<String>,
        issuer: impl Into<String>,
        authorization_server: impl Into<String>,
        options: ConnectionOptions,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            issuer: issuer.into(),
            authorization_server: authorization_server.into(),
            options,
        }
    }
}
