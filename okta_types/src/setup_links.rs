use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::Timestamp;

/// What a new setup link is to be like.
///
/// ```
/// use okta_types::SetupLinkForm;
///
/// let form = SetupLinkForm::default().note("it@acme.com").days(14);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SetupLinkForm {
    /// Whom it is for, to tell links apart: up to 255 characters. Default: empty.
    pub note: String,
    /// For how many days it is valid: 1 to 30. Default: 7.
    pub days: u32,
}

impl Default for SetupLinkForm {
    fn default() -> Self {
        Self {
            note: String::new(),
            days: 7,
        }
    }
}

impl SetupLinkForm {
    /// Sets whom it is for.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Sets for how many days it is valid.
    #[must_use]
    pub fn days(mut self, days: u32) -> Self {
        self.days = days;
        self
    }
}

/// A setup link, without its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct SetupLinkSummary {
    /// Names it.
    pub id: String,
    /// The connection that it sets up.
    pub connection: String,
    /// Whom it is for; empty if nobody said so.
    pub note: String,
    /// Who made it; empty if a program did.
    pub made_by: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When somebody opened it last; `None` if nobody has.
    pub opened_at: Option<Timestamp>,
    /// Until when it is valid, or when it ended.
    pub ends_at: Timestamp,
    /// Whether it still works.
    pub state: SetupLinkState,
}

impl SetupLinkSummary {
    /// Creates a link that nobody has opened.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        connection: impl Into<String>,
        made_at: Timestamp,
        ends_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            connection: connection.into(),
            note: String::new(),
            made_by: String::new(),
            made_at,
            opened_at: None,
            ends_at,
            state: SetupLinkState::Open,
        }
    }
}

/// Whether a setup link still works, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum SetupLinkState {
    /// It works.
    Open,
    /// Somebody who opened it has signed in, and is the connection's admin.
    Used,
    /// An admin has revoked it.
    Revoked,
    /// Its time is over.
    Expired,
}

impl SetupLinkState {
    /// Returns the name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A setup link that was just made. Only now can it be shown: what is stored is a hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct NewSetupLink {
    /// The address to send, which contains a secret code.
    pub address: String,
    /// What is known of it from now on.
    #[serde(flatten)]
    pub link: SetupLinkSummary,
}

impl NewSetupLink {
    /// Creates a link with its address.
    #[must_use]
    pub fn new(address: impl Into<String>, link: SetupLinkSummary) -> Self {
        let address = address.into();
        Self { address, link }
    }
}

/// Hides the address.
impl std::fmt::Debug for NewSetupLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSetupLink")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}
