use std::fmt;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::Timestamp;

/// What an admin enters to create a token for a program. The default is a token for the whole app
/// that reads, for 30 days.
///
/// ```
/// use okta_types::{AdminTokenForm, TokenAccess};
///
/// let form = AdminTokenForm::new("Nightly export").access(TokenAccess::Write).days(90);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AdminTokenForm {
    /// What it is for, in up to 100 characters.
    pub name: String,
    /// Whether it may change anything. Default: it only reads.
    #[serde(default)]
    pub access: TokenAccess,
    /// After how many days it stops working: 1 to 365. Default: 30.
    #[serde(default = "default_days")]
    pub days: u16,
    /// The names of the connections whose settings it opens. Default: `None`, which is the whole
    /// app, or the connection in whose settings it is created.
    #[serde(default)]
    pub connections: Option<Vec<String>>,
}

const fn default_days() -> u16 {
    30
}

impl AdminTokenForm {
    /// Creates a form with this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            access: TokenAccess::default(),
            days: default_days(),
            connections: None,
        }
    }

    /// Sets whether the token may change anything.
    #[must_use]
    pub fn access(mut self, access: TokenAccess) -> Self {
        self.access = access;
        self
    }

    /// Sets after how many days it stops working.
    #[must_use]
    pub fn days(mut self, days: u16) -> Self {
        self.days = days;
        self
    }

    /// Sets the connections whose settings it opens.
    #[must_use]
    pub fn connections(mut self, names: impl Into<Option<Vec<String>>>) -> Self {
        self.connections = names.into();
        self
    }
}

/// What a program may do with a token.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum TokenAccess {
    /// Read the settings.
    #[default]
    Read,
    /// Read and change them.
    Write,
}

impl TokenAccess {
    /// Returns the name in JSON and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A token for a program, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AdminTokenSummary {
    /// Names it in addresses. Worth nothing in place of the token.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub access: TokenAccess,
    /// The names of the connections whose settings it opens; `None` if it is the whole app.
    pub connections: Option<Vec<String>>,
    /// Who created it.
    pub made_by: String,
    /// When it was created.
    pub made_at: Timestamp,
    /// When it stops working.
    pub ends_at: Timestamp,
    /// When it was last used, to the minute; `None` if it never was.
    pub used_at: Option<Timestamp>,
}

impl AdminTokenSummary {
    /// Creates a token that reads the whole app and has not been used.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        made_by: impl Into<String>,
        made_at: Timestamp,
        ends_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            access: TokenAccess::default(),
            connections: None,
            made_by: made_by.into(),
            made_at,
            ends_at,
            used_at: None,
        }
    }
}

/// A token that was just created. It is shown once.
///
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct NewAdminToken {
    /// What the program sends after `Authorization: Bearer`.
    pub token: String,
    /// The token as it is listed.
    #[serde(flatten)]
    pub summary: AdminTokenSummary,
}

impl NewAdminToken {
    /// Creates it from the secret and the summary.
    #[must_use]
    pub fn new(token: impl Into<String>, summary: AdminTokenSummary) -> Self {
        Self {
            token: token.into(),
            summary,
        }
    }
}

impl fmt::Debug for NewAdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAdminToken")
            .field("token", &"[hidden]")
            .field("summary", &self.summary)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_token() {
        let summary = AdminTokenSummary::new("1", "CI", "Ada", Timestamp(0), Timestamp(1));
        let new = NewAdminToken::new("hunter2", summary);
        assert!(!format!("{new:?}").contains("hunter"));
    }

    #[test]
    fn a_form_with_a_name_alone_reads_for_a_month() {
        let form: AdminTokenForm = serde_json::from_str(r#"{"name":"CI"}"#).unwrap();
        assert_eq!(form, AdminTokenForm::new("CI"));
        assert_eq!((form.access, form.days), (TokenAccess::Read, 30));
    }
}
