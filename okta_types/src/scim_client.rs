use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// An OAuth 2 client that provisions people: it proves by a signature who it is
/// (`private_key_jwt`, RFC 7523), and gets a token for an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ScimClientSummary {
    /// The client ID.
    pub id: String,
    /// The IDs of its public keys (`kid`), as far as they have one.
    pub keys: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The name of the admin who created it.
    pub created_by: String,
    /// When it was given a token last. `None` if it never was.
    pub last_used_at: Option<Timestamp>,
}

impl ScimClientSummary {
    /// Creates a summary of a client that was never used, without IDs of keys.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        created_at: Timestamp,
        created_by: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            keys: Vec::new(),
            created_at,
            created_by: created_by.into(),
            last_used_at: None,
        }
    }
}
