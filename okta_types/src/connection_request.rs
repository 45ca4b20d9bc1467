use serde::{Deserialize, Serialize};

use crate::{ConnectionChange, ConnectionForm, RoleTable};

/// All that a program says of a connection at once. Everything of it counts, or nothing.
///
/// ```
/// use okta_types::{Checks, ConnectionChange, ConnectionForm, ConnectionRequest};
///
/// let form = ConnectionForm::new("0oa1", "secret", "https://acme.okta.com");
/// let request = ConnectionRequest::new(form)
///     .change(ConnectionChange::default().organization("acme".to_owned()))
///     .checks(Checks::Only);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionRequest {
    /// The Okta app, and the options.
    pub form: ConnectionForm,
    /// What it is in this app. Default: as it is.
    pub change: ConnectionChange,
    /// Its role table. Default: as it is.
    pub roles: Option<RoleTable>,
    /// Whether Okta is asked first. Default: it is, and has to agree.
    pub checks: Checks,
}

impl ConnectionRequest {
    /// Creates a request to connect this Okta app, once the checks have passed.
    #[must_use]
    pub fn new(form: ConnectionForm) -> Self {
        Self {
            form,
            change: ConnectionChange::default(),
            roles: None,
            checks: Checks::default(),
        }
    }

    /// Also changes what the connection is in this app.
    #[must_use]
    pub fn change(mut self, change: ConnectionChange) -> Self {
        self.change = change;
        self
    }

    /// Also replaces its role table.
    #[must_use]
    pub fn roles(mut self, table: impl Into<Option<RoleTable>>) -> Self {
        self.roles = table.into();
        self
    }

    /// Sets whether Okta is asked first.
    #[must_use]
    pub fn checks(mut self, checks: Checks) -> Self {
        self.checks = checks;
        self
    }
}

/// Whether the checks run before a connection is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub enum Checks {
    /// They run, and nothing is saved if one fails.
    #[default]
    #[serde(rename = "true")]
    Required,
    /// They don't run. The issuer has to be written exactly as in its discovery document.
    #[serde(rename = "false")]
    Skipped,
    /// They run, and nothing is saved in any case.
    #[serde(rename = "only")]
    Only,
}
