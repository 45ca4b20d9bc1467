use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
use serde_json::{Map, Value};

use crate::{
    AuditPage, Branding, CheckReport, ClientKeySummary, ConnectionOptions, ConnectionSummary,
    DomainSummary, NewSetupLink, RecentActivity, RedirectUris, RoleTable, SetupLinkSummary,
    SignOutCalls, Timestamp,
};

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
    /// The connection's e-mail domains.
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

/// A configuration that was entered but not saved. Contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Draft {
    /// Client ID as entered.
    pub client_id: String,
    /// Issuer as entered.
    pub issuer: String,
    /// Authorization server as entered.
    #[serde(default)]
    pub authorization_server: String,
    /// The options.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

impl Draft {
    /// Creates a draft.
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

/// The result of a test sign-in. Contains claims, but no tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestReport {
    /// When the test ran.
    pub at: Timestamp,
    /// Why the sign-in would fail; `None` if it works.
    pub refused: Option<String>,
    /// Who signed in.
    #[serde(default)]
    pub person: Option<String>,
    /// The extra claims that Okta didn't send.
    #[serde(default)]
    pub missing_claims: Vec<String>,
    /// The names of claims that were ignored because they can't be parsed.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Why there is no userinfo response, if one was requested.
    #[serde(default)]
    pub no_user_info: Option<String>,
    /// The ID token's claims.
    pub id_token: Map<String, Value>,
    /// The claims in the userinfo response, if there is one.
    pub user_info: Option<Map<String, Value>>,
    /// The groups, if they could be loaded.
    pub groups: Option<Vec<String>>,
    /// Where the groups came from, or why there are none.
    pub groups_explained: String,
    /// The resulting roles.
    pub roles: Vec<String>,
    /// The groups of the role table that this person is not in, each with the reason.
    pub absent: Vec<(String, String)>,
}

impl TestReport {
    /// Creates an empty report.
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

/// Why the settings were not opened or changed, written for the person who tried. Contains only
/// fixed text, so it can be passed in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SettingsRefusal {
    /// Nobody is signed in and no setup code was entered.
    NotSignedIn,
    /// The person signed in is not an admin.
    NotAdmin,
    /// Only admins of the whole app may change this.
    NotSuperAdmin,
    /// The setup code is wrong or has expired.
    WrongSetupCode,
    /// Too many setup codes were tried.
    TooManyAttempts,
    /// Whoever opened a setup link has to sign in before.
    SignInFirst,
    /// A setup link is valid for too long, its note is too long, or the connection has too many.
    MalformedSetupLink,
    /// The first connection is set up with the setup code.
    NoSetupLink,
    /// There is no such setup link, or it no longer works.
    UnknownSetupLink,
    /// There is nothing to test or disconnect.
    NotConnected,
    /// There is no connection with this name.
    UnknownConnection,
    /// There is a connection or an organization of this name already, or one is being set up.
    NameTaken,
    /// The plugin couldn't start.
    Closed,
    /// The server's environment sets the connection.
    Managed,
    /// A form has a field that can't be parsed.
    MalformedForm,
    /// No connection can have this name.
    MalformedName,
    /// The role table has an invalid role or group.
    MalformedRoles,
    /// Another admin has changed the role table in the meantime.
    RolesChanged,
    /// Another admin has changed the connection in the meantime.
    ConnectionChanged,
    /// Another admin has rotated this app's keys in the meantime.
    KeysRotated,
    /// Another connection has the same Okta app.
    SameApp,
    /// The connection does not load groups, so no rule could match.
    NoGroups,
    /// The person making the change would lose admin access.
    LocksYouOut,
    /// The person making the change could no longer sign in.
    ExcludesYou,
    /// A name, logo, colour, or text can't be used.
    MalformedBranding,
    /// The colour can't be read on white.
    LowContrast,
    /// The sign-in policy has a group or a domain that is none, or too many.
    MalformedPolicy,
    /// The sign-in policy names groups, and the connection loads none.
    PolicyNeedsGroups,
    /// No admin would be left.
    LastAdmin,
    /// There is no such admin.
    UnknownAdmin,
    /// No address can be of this domain, or there are too many.
    MalformedDomain,
    /// The connection doesn't claim this domain.
    UnknownDomain,
    /// The domain is verified for another connection.
    DomainTaken,
    /// The DNS doesn't have the record that proves whose the domain is.
    RecordMissing,
    /// The DNS can't be asked.
    DnsUnreachable,
    /// This app has no way to ask the DNS.
    NoResolver,
    /// There is no such session.
    UnknownSession,
    /// The token that a program sent isn't good.
    WrongToken,
    /// A program sent too many requests.
    TooManyRequests,
    /// The token that a program sent only reads.
    ReadOnlyToken,
    /// Only admins who are signed in may create and revoke tokens.
    TokensNeedSignIn,
    /// A token can't have this name, lifetime, or connections.
    MalformedToken,
    /// There are too many tokens.
    TooManyTokens,
    /// There is no such token.
    UnknownToken,
    /// The connection isn't the version that the program expects.
    OtherVersion,
    /// The connection has two tokens for provisioning already.
    TooManyScimTokens,
    /// The connection has no such token for provisioning.
    UnknownScimToken,
    /// The connection has two clients for provisioning already.
    TooManyScimClients,
    /// The connection has no such client for provisioning.
    UnknownScimClient,
    /// What was entered has no public key that a client can sign with.
    MalformedKeys,
    /// What was entered has a private key, which nobody but its client may know.
    PrivateKeys,
    /// An attribute that Okta pushes can't become this claim.
    MalformedClaims,
    /// This app doesn't reach itself at its own address.
    SelfUnreachable,
    /// What answers at the address of this app is not this app, or something changes its answers.
    SelfUnexpected,
    /// The database cannot be written to.
    ReadOnly,
    /// Something failed that only the operator can fix.
    Failed,
    /// The server didn't respond.
    NoAnswer,
}

/// What [`SettingsRefusal::NoAnswer`] says. A browser says it by itself, and needs no other refusal.
pub const NO_ANSWER: &str = "The server did not respond. Check your connection, then try again.";

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
            Self::SignInFirst => "Sign in first. Until then, a setup link doesn't show who is signed in, and ends no access.",
            Self::MalformedSetupLink => {
                "The setup link was not made. It can be valid for 1 to 30 days, its note can have up to 255 characters, \
                 and a connection can have up to 20 links that still work."
            }
            Self::NoSetupLink => {
                "Whoever sets up the first connection is an admin of the whole app, and needs the server's setup code."
            }
            Self::UnknownSetupLink => {
                "This setup link no longer works. It was used, was revoked, or has expired."
            }
            Self::NotConnected => "No Okta app is connected.",
            Self::UnknownConnection => "There is no connection with this name.",
            Self::NameTaken => {
                "This name is taken by another connection or organization, or by one that is being set up. Choose another \
                 one."
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
            Self::ConnectionChanged => {
                "Nothing was changed because another admin changed the connection in the meantime. Review the current \
                 connection, then try again."
            }
            Self::KeysRotated => {
                "The key was not changed because another admin has just changed it. Review the current keys first."
            }
            Self::MalformedDomain => {
                "Enter a domain such as acme.com, without a path or an @. A connection has up to 200."
            }
            Self::UnknownDomain => "The connection doesn't have this domain. Someone may have removed it already.",
            Self::DomainTaken => {
                "This domain is verified for another connection. Remove it there first."
            }
            Self::RecordMissing => {
                "The DNS doesn't have this TXT record yet. A new record can take an hour to appear. Compare its name and \
                 content, then check again."
            }
            Self::DnsUnreachable => "The DNS didn't respond. The server's log has the reason. Try again later.",
            Self::NoResolver => {
                "This app can't look up DNS records. An admin of the whole app can trust the domain without the record."
            }
            Self::NotSuperAdmin => {
                "Only admins of the whole app can change this: those who sign in through the connection “okta”."
            }
            Self::MalformedName => {
                "Use a name of up to 64 characters: the letters a to z, digits, and hyphens. It begins with a letter or \
                 a digit."
            }
            Self::SameApp => {
                "Another connection has this Okta app already. Create another app in Okta, or change that connection."
            }
            Self::NoGroups => {
                "Roles were not saved because this connection doesn't load groups. Choose a group source under \
                 Connection → Advanced options first."
            }
            Self::LocksYouOut => {
                "Roles were not saved because you would lose admin access. Keep a rule that gives the role “admin” to \
                 one of your groups."
            }
            Self::ExcludesYou => {
                "Nothing was changed because you couldn't sign in yourself any more. Include one of your groups, and \
                 the domain of your e-mail address."
            }
            Self::MalformedBranding => {
                "Nothing was changed. The name has up to 100 characters, and the text up to 500, on one line. The logo \
                 is an https address, or a data: URL of a PNG, JPEG, WebP, or SVG image of up to 32 KiB. The color is \
                 written like #b3261e."
            }
            Self::LowContrast => {
                "Nothing was changed because this color can't be read well on white. Choose a darker one: its contrast \
                 has to be at least 4.5 to 1."
            }
            Self::MalformedPolicy => {
                "Nothing was changed. Enter names of groups of at most 255 characters, and domains such as acme.com: \
                 up to 100 of each."
            }
            Self::PolicyNeedsGroups => {
                "Nothing was changed because this connection doesn't load groups. Choose a group source under \
                 Connection → Advanced options first."
            }
            Self::LastAdmin => {
                "The last admin can't be removed. Give somebody else admin access first."
            }
            Self::UnknownAdmin => "This admin no longer exists. Somebody may have removed them already.",
            Self::UnknownSession => "This session has already ended.",
            Self::WrongToken => {
                "The token isn't valid. Ask an admin of this app for a new one."
            }
            Self::TooManyRequests => "Too many requests. Wait until the time in Retry-After is over, then try again.",
            Self::ReadOnlyToken => {
                "This token can only read. To change something, use a token with write access."
            }
            Self::TokensNeedSignIn => {
                "Only admins who are signed in can create and revoke tokens. Sign in as an admin first."
            }
            Self::MalformedToken => {
                "The token was not created. It needs a name of up to 100 characters, a lifetime of 1 to 365 days, and \
                 names of connections other than “okta”."
            }
            Self::TooManyTokens => {
                "The token was not created because there are 50 already. Revoke one that is no longer used first."
            }
            Self::OtherVersion => {
                "Nothing was changed because the connection isn't the version that If-Match or If-None-Match asks for. \
                 Read it again, then send the change with its current ETag."
            }
            Self::UnknownToken => "This token no longer exists. Someone may have revoked it already.",
            Self::TooManyScimTokens => {
                "There are two tokens already. Delete the one that Okta no longer uses, then create a new one."
            }
            Self::UnknownScimToken => "This token no longer exists. Someone may have deleted it already.",
            Self::TooManyScimClients => {
                "There are two clients already. Delete the one that is no longer used, then register a new one."
            }
            Self::UnknownScimClient => "This client no longer exists. Someone may have deleted it already.",
            Self::MalformedKeys => {
                "The client was not registered. Paste a JWK set (JSON) with 1 to 10 public keys: RSA of at least 2048 \
                 bits, P-256, P-384, or Ed25519."
            }
            Self::PrivateKeys => {
                "The client was not registered because this is a private key, or a shared secret. Nothing of it was \
                 stored. Create a new key, since this one has left its place, and paste its public half only."
            }
            Self::MalformedClaims => {
                "Nothing was saved. Correct the attributes that are marked below, then save again."
            }
            Self::SelfUnreachable => {
                "The test call didn't reach this app. The server may not be able to connect to its own public address, \
                 while Okta can. The server's log has the reason."
            }
            Self::SelfUnexpected => {
                "The test call was answered, but not as this app answers it. A proxy in between may block or change it. \
                 The server's log has the answer."
            }
            Self::ReadOnly => {
                "Nothing was changed because the server's database is read-only. Give the server write access to the \
                 database file and its folder."
            }
            Self::Failed => {
                "Nothing was changed because the server's database did not respond. See the server's log for the reason."
            }
            Self::NoAnswer => NO_ANSWER,
        })
    }
}

impl std::error::Error for SettingsRefusal {}

/// Parses the name in JSON, such as `wrong_setup_code`.
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
