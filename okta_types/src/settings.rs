use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use serde_json::{Map, Value};

use crate::{
    AuditPage, CheckReport, ConnectionOptions, ConnectionSummary, RecentActivity, RedirectUris,
    RoleTable, Timestamp,
};

/// What the settings page may show to this visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Settings {
    /// The setup code opens the settings.
    SetupCode {
        /// Whether signing in as an admin would open them, too.
        has_admin: bool,
    },
    /// Nobody is signed in; an admin has to.
    SignIn,
    /// The person signed in is not an admin of this app.
    Forbidden {
        /// Whether a setup code would open the page.
        has_code: bool,
    },
    /// The visitor may view and change the settings.
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
    /// What this admin entered last and could not save.
    pub draft: Option<Draft>,
    /// The last results of the checks.
    pub report: Option<CheckReport>,
    /// Whether the next person to sign in from this browser becomes an admin.
    pub makes_admin: bool,
    /// The named admins, who are admins whatever their roles.
    pub admins: Vec<AdminSummary>,
    /// Which group gives which role.
    pub roles: RoleTable,
    /// The version of that table, to be given back when it is changed.
    pub roles_version: String,
    /// A role table that this admin has not saved yet.
    pub roles_draft: Option<RoleTable>,
    /// The group whose members are always admins, if the operator named one.
    pub admin_group: Option<String>,
    /// The groups of people who signed in, as choices for the table.
    pub seen_groups: Vec<SeenGroup>,
    /// What arrived when the connection was tested last.
    pub tested: Option<TestReport>,
    /// What happened lately.
    pub recent: RecentActivity,
    /// A page of the audit trail, newest first.
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
            recent: RecentActivity::default(),
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

/// A named admin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AdminSummary {
    /// Their issuer.
    pub issuer: String,
    /// Their subject at that issuer.
    pub subject: String,
    /// Their name when they became an admin; empty when unknown.
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

/// A group of somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeenGroup {
    /// Its name in Okta.
    pub name: String,
    /// When somebody in it last signed in.
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
    /// Why the sign-in would fail; `None` when it works.
    pub refused: Option<String>,
    /// Who signed in.
    #[serde(default)]
    pub person: Option<String>,
    /// The extra claims that Okta did not send.
    #[serde(default)]
    pub missing_claims: Vec<String>,
    /// The claims that were left out because they can't be read, by name.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Why there is no userinfo response, where one was asked for.
    #[serde(default)]
    pub no_user_info: Option<String>,
    /// The ID token's claims.
    pub id_token: Map<String, Value>,
    /// The userinfo response, where there is one.
    pub user_info: Option<Map<String, Value>>,
    /// The groups, if they could be loaded.
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
            left_out: Vec::new(),
            no_user_info: None,
            id_token: Map::new(),
            user_info: None,
            groups: None,
            groups_explained: String::new(),
            roles: Vec::new(),
            absent: Vec::new(),
        }
    }
}

/// Why the settings were not opened or changed, in words for the person who tried. Holds no text of
/// anybody else's, so it may travel in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SettingsRefusal {
    /// Nobody is signed in and no setup code was entered.
    NotSignedIn,
    /// The person signed in is not an admin.
    NotAdmin,
    /// The setup code is wrong or has expired.
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
    /// A form has a field that cannot be parsed.
    MalformedForm,
    /// The role table has an invalid role or group.
    MalformedRoles,
    /// Another admin changed the role table meanwhile.
    RolesChanged,
    /// The connection does not load groups, so no rule could match.
    NoGroups,
    /// Whoever makes the change would lose admin access.
    LocksYouOut,
    /// No admin would be left.
    LastAdmin,
    /// There is no such admin.
    UnknownAdmin,
    /// The database cannot be written to.
    ReadOnly,
    /// Something failed that only the operator can fix.
    Failed,
    /// The server did not answer.
    NoAnswer,
}

impl fmt::Display for SettingsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSignedIn => "Sign in as an admin first, or enter the setup code.",
            Self::NotAdmin => "Only admins of this app can view and change these settings.",
            Self::WrongSetupCode => {
                "This setup code isn't valid. Use the most recent one: the server prints it when it first starts, and \
                 its operator can create a new one."
            }
            Self::TooManyAttempts => {
                "Too many setup codes were tried from your network. Wait a minute, then try again."
            }
            Self::NotConnected => "No Okta app is connected.",
            Self::UnknownConnection => {
                "There is no connection with this name. The only connection is named `okta`."
            }
            Self::Closed => {
                "Okta settings are unavailable because the server could not start them. See the server's log for the \
                 reason."
            }
            Self::Managed => {
                "Nothing was changed. This connection is managed by the server's environment: change it there, then \
                 restart the server."
            }
            Self::MalformedForm => {
                "Nothing was changed because some fields could not be read. Check what you entered, then try again."
            }
            Self::MalformedRoles => {
                "Roles were not saved. Every rule needs both a group and a role of at most 255 characters, there can be \
                 at most 500 rules, and the default role can't be “admin”."
            }
            Self::RolesChanged => {
                "Roles were not saved because another admin changed them after you opened this page. Review the \
                 current roles, then save again."
            }
            Self::NoGroups => {
                "Roles were not saved because this connection doesn't load groups. Choose a group source under \
                 Connection → Advanced options first."
            }
            Self::LocksYouOut => {
                "Roles were not saved because you would lose admin access. Keep a rule that gives the role “admin” to \
                 one of your groups."
            }
            Self::LastAdmin => {
                "The last admin can't be removed. Give somebody else admin access first."
            }
            Self::UnknownAdmin => "This admin no longer exists. Somebody may have removed them already.",
            Self::ReadOnly => {
                "Nothing was changed because the server's database is read-only. Give the server write access to the \
                 database file and its folder."
            }
            Self::Failed => {
                "Nothing was changed because the server's database did not respond. See the server's log for the reason."
            }
            Self::NoAnswer => "The server did not respond. Check your connection, then try again.",
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
