use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A group that somebody who signed in is a member of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeenGroup {
    /// Its name in Okta.
    pub name: String,
    /// When a member last signed in.
    pub last_seen: Timestamp,
}

impl SeenGroup {
    /// Creates a group.
    #[must_use]
    pub fn new(name: impl Into<String>, last_seen: Timestamp) -> Self {
        Self {
            name: name.into(),
            last_seen,
        }
    }
}
