mod admin;
mod draft;
mod refusal;
mod seen_group;
mod test_report;
mod wording;

use serde::{Deserialize, Serialize};

use crate::{
    AuditPage, Branding, CheckReport, ClientKeySummary, ConnectionSummary, DomainSummary,
    NewSetupLink, RecentActivity, RedirectUris, RoleTable, SetupLinkSummary, SignOutCalls,
};

pub use admin::AdminSummary;
pub use draft::Draft;
pub use refusal::SettingsRefusal;
pub use seen_group::SeenGroup;
pub use test_report::TestReport;
pub use wording::NO_ANSWER;

/// What this visitor can see on the settings page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "access", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Settings {
    /// A setup code opens the settings.
    SetupCode {
        /// Whether signing in as an admin would open them, too.
        has_admin: bool,
    },
    /// Nobody is signed in. An admin has to sign in.
    SignIn,
    /// The person signed in is not an admin of this app.
    Forbidden {
        /// Whether a setup code would open the settings.
        has_code: bool,
    },
    /// The visitor can view and change the settings.
    Open(Box<OpenSettings>),
    /// The plugin couldn't start. The server's log has the reason.
    Unavailable,
}

/// The settings, as an admin sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OpenSettings {
    /// The name of the connection whose settings these are. It may not be connected yet.
    #[serde(default)]
    pub connection_name: String,
    /// How many connections this admin may see.
    #[serde(default)]
    pub connections: usize,
    /// Whether this admin may see and make others: an admin of the whole app.
    #[serde(default)]
    pub is_super: bool,
    /// Whether this visitor came by a setup link and hasn't signed in yet.
    #[serde(default)]
    pub by_link: bool,
    /// The connection's email domains.
    #[serde(default)]
    pub domains: Vec<DomainSummary>,
    /// The connection's setup links, the newest first; of the first connection, those of all others
    /// that still work.
    #[serde(default)]
    pub setup_links: Vec<SetupLinkSummary>,
    /// The setup link that this admin has just made. It isn't shown again.
    #[serde(default)]
    pub new_setup_link: Option<NewSetupLink>,
    /// How the connection's organization looks.
    #[serde(default)]
    pub branding: Branding,
    /// The connection in use.
    pub connection: Option<ConnectionSummary>,
    /// Whether the connection's provider offers to bind tokens to this app (DPoP), if that is known.
    #[serde(default)]
    pub offers_dpop: Option<bool>,
    /// The addresses to register in Okta.
    pub redirect_uris: RedirectUris,
    /// What this admin entered last, if it couldn't be saved.
    pub draft: Option<Draft>,
    /// The last results of the checks.
    pub report: Option<CheckReport>,
    /// Whether the next person to sign in from this browser becomes an admin.
    pub makes_admin: bool,
    /// The named admins, who are admins whatever their roles.
    pub admins: Vec<AdminSummary>,
    /// The role table.
    pub roles: RoleTable,
    /// The version of the role table. Pass it back when you change the table.
    pub roles_version: String,
    /// A role table that this admin has not saved yet.
    pub roles_draft: Option<RoleTable>,
    /// The group whose members are always admins, if the operator named one.
    pub admin_group: Option<String>,
    /// The groups of people who have signed in, to choose from in the table.
    pub seen_groups: Vec<SeenGroup>,
    /// The result of the last test sign-in.
    pub tested: Option<TestReport>,
    /// The last calls of the addresses at which Okta ends sessions.
    #[serde(default)]
    pub sign_out_calls: Vec<SignOutCalls>,
    /// The keys of this app, to be used in place of a client secret.
    #[serde(default)]
    pub client_keys: Option<ClientKeySummary>,
    /// A summary of recent events.
    pub recent: RecentActivity,
    /// A page of the audit trail, newest first.
    pub audit: AuditPage,
}

impl OpenSettings {
    /// Creates the settings of an app that hasn't been set up.
    #[must_use]
    pub fn new(redirect_uris: RedirectUris) -> Self {
        Self {
            connection_name: String::new(),
            connections: 0,
            is_super: false,
            by_link: false,
            domains: Vec::new(),
            setup_links: Vec::new(),
            new_setup_link: None,
            branding: Branding::default(),
            connection: None,
            offers_dpop: None,
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
            sign_out_calls: Vec::new(),
            client_keys: None,
            recent: RecentActivity::default(),
            audit: AuditPage::default(),
        }
    }
}
