use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;

/// The keys with which this app proves that it is the client, if it authenticates with
/// [`ClientAuthentication::PrivateKeyJwt`](crate::ClientAuthentication::PrivateKeyJwt). Public
/// halves only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClientKeySummary {
    /// The address at which they are published, to paste into Okta.
    pub address: String,
    /// The key set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)), for a
    /// provider that doesn't fetch it: the key in use, and the one that follows.
    pub keys: Value,
    /// The `kid` of the key in use.
    pub in_use: String,
    /// When that key took the place of another one.
    pub rotated_at: Option<Timestamp>,
}

impl ClientKeySummary {
    /// Creates a summary of keys that were never rotated.
    #[must_use]
    pub fn new(address: impl Into<String>, keys: Value, in_use: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            keys,
            in_use: in_use.into(),
            rotated_at: None,
        }
    }
}
