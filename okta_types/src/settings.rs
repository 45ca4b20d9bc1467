use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use serde_json::{Map, Value};

use crate::{
    AuditPage, CheckReport, ConnectionOptions, ConnectionSummary, RedirectUris, RoleTable,
    Timestamp,
};

/// What the settings page may show to this visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Settings {
    /// Whoever holds the setup code may go on.
    SetupCode {
        /// Whether signing in as an admin would open the page, too.
        has_admin: bool,
    },
    /// Nobody is signed in; an admin has to.
    SignIn,
    /// The person signed in is not an admin of this app.
    Forbidden {
        /// Whether a setup code would open the page.
        has_code: bool,
    },
    /// Go ahead.
    Open(Box<OpenSettings>),
    /// The plugin could not start; the operator finds the reason in the server's log.
    Unavailable,
}

/// The settings, as an admin sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenSettings {
    /// The connection in use.
    pub connection: Option<ConnectionSummary>,
    /// What to register in Okta.
    pub redirect_uris: RedirectUris,
    /// What this admin tried last and could not connect, so that nothing typed is lost.
    pub draft: Option<Draft>,
    /// What the checks said last.
    pub report: Option<CheckReport>,
    /// Whether the next person to sign in from this browser becomes admin.
    pub makes_admin: bool,
    /// Who is admin by name, rather than by a role.
    pub admins: Vec<AdminSummary>,
    /// Which group gives which role.
    pub roles: RoleTable,
    /// The version of that table, to be given back when it is changed.
    pub roles_version: String,
    /// A role table that this admin tried to save last and could not, so that nothing typed is lost.
    pub roles_draft: Option<RoleTable>,
    /// The group whose members are admins whatever the table says, if the operator named one.
    pub admin_group: Option<String>,
    /// The groups of people who signed in, as choices for the table.
    pub seen_groups: Vec<SeenGroup>,
    /// What arrived when the connection was tested last.
    pub tested: Option<TestReport>,
    /// What happened, newest first.
    pub audit: AuditPage,
}

impl OpenSettings {
    /// Settings of an app that nothing was done with yet.
    #[must_use]
    pub fn new(redirect_uris: RedirectUris) -> Self {
        Self {
            connection: None,
            redirect_uris,
            draft: None,
            report: None,
            makes_admin: false,
            admins: Vec::new(),
            roles: RoleTable::default(),
            roles_version: String::new(),
            roles_draft: None,
            admin_group: None,
            seen_groups: Vec::new(),
            tested: None,
            audit: AuditPage::default(),
        }
    }
}

/// A configuration that was tried. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// Client ID as typed.
    pub client_id: String,
    /// Issuer as typed.
    pub issuer: String,
    /// Authorization server as typed.
    #[serde(default)]
    pub authorization_server: String,
    /// What else was chosen.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

impl Draft {
    /// What was typed.
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

/// An admin by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AdminSummary {
    /// Their issuer.
    pub issuer: String,
    /// Their subject at that issuer.
    pub subject: String,
    /// What they were called when they became admin; empty when that is not known.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
}

impl AdminSummary {
    /// An admin by name.
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

/// A group that somebody was in who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeenGroup {
    /// Okta's name of it.
    pub name: String,
    /// When somebody in it signed in last.
    pub last_seen: Timestamp,
}

impl SeenGroup {
    /// A group.
    #[must_use]
    pub fn new(name: impl Into<String>, last_seen: Timestamp) -> Self {
        Self {
            name: name.into(),
            last_seen,
        }
    }
}

/// What arrived from Okta when an admin tested the connection. Holds claims, no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestReport {
    /// When.
    pub at: Timestamp,
    /// Why a person would not have been signed in; `None` when they would.
    pub refused: Option<String>,
    /// Who signed in.
    #[serde(default)]
    pub person: Option<String>,
    /// The extra claims that did not come.
    #[serde(default)]
    pub missing_claims: Vec<String>,
    /// The ID token's claims.
    pub id_token: Map<String, Value>,
    /// Userinfo, where it was asked and answered.
    pub user_info: Option<Map<String, Value>>,
    /// The groups, if they could be had.
    pub groups: Option<Vec<String>>,
    /// Where the groups came from, or why there are none.
    pub groups_explained: String,
    /// The resulting roles.
    pub roles: Vec<String>,
    /// The groups of the role table that this person is not in, and why not.
    pub absent: Vec<(String, String)>,
}

impl TestReport {
    /// A report that nothing is in yet.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self {
            at,
            refused: None,
            person: None,
            missing_claims: Vec::new(),
            id_token: Map::new(),
            user_info: None,
            groups: None,
            groups_explained: String::new(),
            roles: Vec::new(),
            absent: Vec::new(),
        }
    }
}

/// Why the settings were not opened or changed, in words for the person who tried. Holds no text of anybody else's,
/// so it may travel in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SettingsRefusal {
    /// Nobody is signed in and no setup code was entered.
    NotSignedIn,
    /// The person signed in is not an admin.
    NotAdmin,
    /// The setup code is wrong, or no code is alive.
    WrongSetupCode,
    /// Too many setup codes were tried.
    TooManyAttempts,
    /// There is nothing to test or disconnect.
    NotConnected,
    /// There is no connection of that name.
    UnknownConnection,
    /// The plugin could not start.
    Closed,
    /// The connection is given by the environment.
    Managed,
    /// The role table names a role or a group that cannot be one.
    MalformedRoles,
    /// Another admin changed the role table meanwhile.
    RolesChanged,
    /// Groups come from nowhere, so no rule could give anybody a role.
    NoGroups,
    /// The change would take the right to change from whoever makes it.
    LocksYouOut,
    /// The last admin would be gone.
    LastAdmin,
    /// There is no such admin.
    UnknownAdmin,
    /// The database cannot be written to.
    ReadOnly,
    /// Something failed that only the operator can mend.
    Failed,
    /// The server did not answer.
    NoAnswer,
}

impl fmt::Display for SettingsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSignedIn => "Sign in as an admin of this app first, or enter the setup code.",
            Self::NotAdmin => "Only admins of this app may see and change these settings.",
            Self::WrongSetupCode => {
                "This setup code is not valid. Use the newest one: the server printed it when it first started, and its \
                 operator can make a new one."
            }
            Self::TooManyAttempts => {
                "Too many setup codes were tried from here. Wait a minute, then try again."
            }
            Self::NotConnected => "No Okta app is connected.",
            Self::UnknownConnection => "There is no connection of this name; the one there can be is named `okta`.",
            Self::Closed => {
                "The settings are closed because the server could not open them when it started. Its log says why."
            }
            Self::Managed => {
                "Nothing was changed: the connection is given by the server's environment. Change it there and restart \
                 the server."
            }
            Self::MalformedRoles => {
                "The roles were not saved: a role needs a group, a group needs a role, neither may be longer than 255 \
                 characters or hold line breaks, and there may be 500 rules. The default role cannot be “admin”."
            }
            Self::RolesChanged => {
                "The roles were not saved: another admin changed them since you opened this page. Look at what is in use, \
                 then save again."
            }
            Self::NoGroups => {
                "The roles were not saved: this app has no groups to make roles of. Choose where groups come from first, \
                 under More options."
            }
            Self::LocksYouOut => {
                "The roles were not saved: you would no longer be an admin yourself. Keep a rule that gives the role \
                 “admin” to one of your groups."
            }
            Self::LastAdmin => "The last admin cannot be removed by themselves: somebody has to be able to open these settings.",
            Self::UnknownAdmin => "There is no such admin. Somebody may have removed them just before.",
            Self::ReadOnly => {
                "Nothing was changed: the server's database is read-only. Give the server the right to write to the \
                 file and its folder."
            }
            Self::Failed => "Nothing was changed: the server's database did not answer. The server's log says why.",
            Self::NoAnswer => "The server did not answer. Check your connection and try again.",
        })
    }
}

impl std::error::Error for SettingsRefusal {}

/// From the name as in JSON, such as `wrong_setup_code`.
impl FromStr for SettingsRefusal {
    type Err = value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

#[cfg(test)]
mod tests {
    use super::SettingsRefusal;

    #[test]
    fn a_refusal_is_read_by_its_name_in_json_and_no_other_text_is() {
        let name = serde_json::to_value(SettingsRefusal::WrongSetupCode).unwrap();
        assert_eq!(name, "wrong_setup_code");
        assert_eq!(
            "wrong_setup_code".parse(),
            Ok(SettingsRefusal::WrongSetupCode)
        );
        assert!("Call this number".parse::<SettingsRefusal>().is_err());
    }
}
