//! What a file says.

use std::fmt;

use okta_types::{Branding, ConnectionOptions, RoleTable, SignInPolicy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ConfigurationError, EntryError};

/// The connections of an app.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Configuration {
    /// Each connection.
    pub connections: Vec<ConnectionEntry>,
}

impl Configuration {
    /// Creates a configuration of these connections.
    #[must_use]
    pub fn new(connections: Vec<ConnectionEntry>) -> Self {
        Self { connections }
    }

    /// Reads what a file says, in whatever format, as JSON. Unlike [`Deserialize`], it refuses
    /// fields that no connection has, so that nothing mistyped is ignored.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError::Entries`] says where it isn't a configuration.
    pub fn from_json(document: Value) -> Result<Self, ConfigurationError> {
        let unknown = unknown_fields(&document);
        if !unknown.is_empty() {
            return Err(ConfigurationError::Entries(unknown));
        }
        serde_path_to_error::deserialize(document.clone()).map_err(|error| {
            let place = error.path().to_string();
            ConfigurationError::Entries(vec![error_at(&document, &place, error.inner())])
        })
    }
}

fn unknown_fields(document: &Value) -> Vec<EntryError> {
    let mut all = ConnectionEntry::new("", "", "");
    all.client_secret = Some(String::new());
    all.api_token = Some(String::new());
    all.organization = Some(String::new());
    all.key_rotations = Some(0);
    all.roles = Some(RoleTable::default());
    all.domains = Some(Vec::new());
    all.admins = Some(Vec::new());
    all.branding = Some(Branding::default());
    let known = json!(all);
    let entries = document.get("connections").and_then(Value::as_array);
    let fields = entries.into_iter().flatten().flat_map(|entry| {
        let fields = entry.as_object().into_iter().flatten();
        fields.map(|(field, _)| (name_of(entry), field))
    });
    fields
        .filter(|(_, field)| known.get(field.as_str()).is_none())
        .map(|(connection, field)| EntryError {
            connection,
            field: field.clone(),
            reason: "There is no such field.".to_owned(),
        })
        .collect()
}

/// A place such as `connections[2].scopes[0]`, as the connection and the field.
fn error_at(document: &Value, place: &str, error: &serde_json::Error) -> EntryError {
    let reason = error.to_string();
    let entry = place.strip_prefix("connections[").and_then(|rest| {
        let (at, field) = rest.split_once(']')?;
        let entry = document
            .get("connections")?
            .get(at.parse::<usize>().ok()?)?;
        Some((name_of(entry), field.trim_start_matches('.').to_owned()))
    });
    let (connection, field) = entry.unwrap_or_else(|| ("The file".to_owned(), place.to_owned()));
    EntryError {
        connection,
        field,
        reason,
    }
}

fn name_of(entry: &Value) -> String {
    let name = entry.get("name").and_then(Value::as_str);
    name.unwrap_or("A connection without a name").to_owned()
}

/// A connection, by its name. What is left out has its default, except for secrets, and for roles,
/// domains, admins, branding, and the rotation of keys, which stay as they are.
///
/// `Debug` hides the secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConnectionEntry {
    /// Name of the connection in this app. The admins of the whole app sign in through `okta`.
    pub name: String,
    /// Issuer, exactly as in its discovery document.
    pub issuer: String,
    /// Client ID.
    pub client_id: String,
    /// Client secret. Default: the stored one, if the issuer and client ID don't change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// API token, for groups from Okta's API. Default: the stored one, if the domain doesn't change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_token: Option<String>,
    /// Key of the organization whose connection it is. Default: the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Whether anybody can sign in through it. Default: yes.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Whether whoever signs in may choose it from a list. Default: no.
    #[serde(default)]
    pub listed: bool,
    /// Where it is in lists. Default: 0.
    #[serde(default)]
    pub place: i64,
    /// Who may sign in through it. Default: everybody whom Okta lets in.
    #[serde(default)]
    pub sign_in_policy: SignInPolicy,
    /// How often this app's keys were rotated, which says which key signs. Default: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_rotations: Option<u64>,
    /// The role table. Default: as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<RoleTable>,
    /// The email domains. Default: as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domains: Option<Vec<DomainEntry>>,
    /// The named admins. Default: as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admins: Option<Vec<AdminEntry>>,
    /// How its organization looks, the same for all connections of the organization. Default: as it
    /// is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branding: Option<Branding>,
    /// The options.
    #[serde(flatten)]
    pub options: ConnectionOptions,
}

const fn yes() -> bool {
    true
}

impl ConnectionEntry {
    /// Creates a connection with default options, whose secret is the stored one.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        issuer: impl Into<String>,
        client_id: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: None,
            api_token: None,
            organization: None,
            enabled: true,
            listed: false,
            place: 0,
            sign_in_policy: SignInPolicy::default(),
            key_rotations: None,
            roles: None,
            domains: None,
            admins: None,
            branding: None,
            options: ConnectionOptions::default(),
        }
    }
}

impl fmt::Debug for ConnectionEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionEntry")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// An email domain of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DomainEntry {
    /// The domain, such as `acme.com`.
    pub name: String,
    /// Whether it counts. Default: no.
    #[serde(default)]
    pub verified: bool,
    /// What its TXT record has to contain, so that a record that exists stays good. Default: as it
    /// is, or a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

impl DomainEntry {
    /// Creates a domain that isn't verified.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            verified: false,
            proof: None,
        }
    }

    /// Sets whether it counts.
    #[must_use]
    pub fn verified(mut self, verified: bool) -> Self {
        self.verified = verified;
        self
    }
}

/// A named admin of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AdminEntry {
    /// Their issuer.
    pub issuer: String,
    /// Their subject at that issuer.
    pub subject: String,
    /// Their name. Default: none.
    #[serde(default)]
    pub name: String,
}

impl AdminEntry {
    /// Creates an admin without a name.
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            name: String::new(),
        }
    }
}
