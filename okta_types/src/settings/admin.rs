use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A named admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AdminSummary {
    /// Their issuer.
    pub issuer: String,
    /// Their subject at that issuer.
    pub subject: String,
    /// Their name when they became an admin; empty if unknown.
    pub name: String,
    /// When they became an admin.
    pub since: Timestamp,
}

impl AdminSummary {
    /// Creates a named admin.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        subject: impl Into<String>,
        name: impl Into<String>,
        since: Timestamp,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            name: name.into(),
            since,
        }
    }
}
