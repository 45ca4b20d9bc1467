use serde::{Deserialize, Serialize};

use crate::{
    AuditEntry, ConnectionOptions, ProvisionedClaim, ProvisioningDraft, ScimClientSummary,
    SessionSummary, Timestamp,
};

/// A token with which Okta calls this app by SCIM, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ScimTokenSummary {
    /// What it is called to be deleted.
    pub id: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The name of the admin who created it.
    pub created_by: String,
    /// When Okta used it last, to the minute. `None` if it never did.
    pub last_used_at: Option<Timestamp>,
    /// The ID of the client that it was given to. `None` if an admin created it.
    #[serde(default)]
    pub client: Option<String>,
    /// When it stops to count. `None` if it counts until it is deleted.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl ScimTokenSummary {
    /// Creates a summary.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        created_at: Timestamp,
        created_by: impl Into<String>,
        last_used_at: Option<Timestamp>,
    ) -> Self {
        Self {
            id: id.into(),
            created_at,
            created_by: created_by.into(),
            last_used_at,
            client: None,
            expires_at: None,
        }
    }
}

/// A token that was just created. It is shown once: only a hash of it is stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct NewScimToken {
    /// The token, to be pasted into Okta.
    pub token: String,
    /// What it is called to be deleted.
    pub id: String,
}

impl NewScimToken {
    /// Creates it from the token and its id.
    #[must_use]
    pub fn new(token: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            id: id.into(),
        }
    }
}

impl std::fmt::Debug for NewScimToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewScimToken")
            .field("token", &"[hidden]")
            .field("id", &self.id)
            .finish()
    }
}

/// The state of a connection's provisioning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Provisioning {
    /// The base URL to paste into Okta.
    pub base_url: String,
    /// The tokens that count.
    pub tokens: Vec<ScimTokenSummary>,
    /// Where a client gets its tokens (RFC 6749 §3.2), which is also the audience of its assertions.
    pub token_endpoint: String,
    /// The clients that may get tokens.
    pub clients: Vec<ScimClientSummary>,
    /// What becomes of roles and attributes that Okta pushes.
    pub options: ProvisioningForm,
    /// What this browser's admin has entered instead, and not saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<ProvisioningDraft>,
    /// The roles of this app that Okta can assign, if the options say so.
    pub roles: Vec<String>,
    /// How many people Okta has pushed, active or not.
    pub people: usize,
    /// How many groups Okta has pushed.
    pub groups: usize,
    /// How many requests are in the log.
    pub requests: usize,
    /// How many of those were refused.
    pub refused: usize,
    /// The newest request.
    pub last_request: Option<ScimRequest>,
}

/// What becomes of the roles and attributes that Okta pushes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ProvisioningForm {
    /// See [`ConnectionOptions::provisioned_roles`].
    pub provisioned_roles: bool,
    /// See [`ConnectionOptions::provisioned_claims`].
    pub provisioned_claims: Vec<ProvisionedClaim>,
}

impl ProvisioningForm {
    /// Returns what a connection's options say.
    #[must_use]
    pub fn of(options: &ConnectionOptions) -> Self {
        Self::default()
            .roles(options.provisioned_roles)
            .claims(options.provisioned_claims.clone())
    }

    /// Sets whether roles that Okta pushes count.
    #[must_use]
    pub fn roles(mut self, count: bool) -> Self {
        self.provisioned_roles = count;
        self
    }

    /// Sets which attributes become which claims.
    #[must_use]
    pub fn claims(mut self, claims: Vec<ProvisionedClaim>) -> Self {
        self.provisioned_claims = claims;
        self
    }
}

/// A SCIM request, as the log keeps it. Passwords are left out, and so is the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ScimRequest {
    /// When it was answered.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// Path and query, below the base URL.
    pub path: String,
    /// The HTTP status of the response.
    pub status: u16,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The client's address, if the app knows it.
    #[serde(default)]
    pub address: Option<String>,
    /// Why it was refused, or what was left out.
    #[serde(default)]
    pub detail: Option<String>,
    /// The body, without passwords, cut off after 16 KiB.
    #[serde(default)]
    pub body: Option<String>,
}

impl ScimRequest {
    /// Creates an entry without an address, details, or a body.
    #[must_use]
    pub fn new(
        at: Timestamp,
        method: impl Into<String>,
        path: impl Into<String>,
        status: u16,
        milliseconds: u64,
    ) -> Self {
        Self {
            at,
            method: method.into(),
            path: path.into(),
            status,
            milliseconds,
            address: None,
            detail: None,
            body: None,
        }
    }

    /// Returns whether the response was an error.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.status >= 400
    }
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ScimRequestPage {
    /// The requests.
    pub requests: Vec<ScimRequest>,
    /// The position of older requests, if there are any. Pass it as `before`.
    pub next: Option<String>,
}

/// A person whom Okta has pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionedPerson {
    /// The ID in this app.
    pub id: String,
    /// The `userName`.
    pub user_name: String,
    /// The `externalId`: the subject of their sign-ins. `None` if Okta sent none.
    pub external_id: Option<String>,
    /// Whether they may sign in.
    pub active: bool,
    /// All attributes as Okta sent them, without passwords.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// The names of their groups.
    pub groups: Vec<String>,
    /// When they were created here.
    pub created_at: Timestamp,
    /// When they were changed last, apart from their groups.
    pub changed_at: Timestamp,
}

impl ProvisionedPerson {
    /// Creates an active person without attributes and groups.
    #[must_use]
    pub fn new(id: impl Into<String>, user_name: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            user_name: user_name.into(),
            external_id: None,
            active: true,
            attributes: serde_json::Map::new(),
            groups: Vec::new(),
            created_at,
            changed_at: created_at,
        }
    }

    /// Returns the name for display: the `displayName`, given and family name, or the `userName`.
    #[must_use]
    pub fn display_name(&self) -> String {
        let text = |value: Option<&serde_json::Value>| {
            let text = value.and_then(serde_json::Value::as_str);
            text.filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
        };
        let name = self.attributes.get("name");
        let part = |part: &str| text(name.and_then(|name| name.get(part)));
        let parts: Vec<_> = ["givenName", "familyName"]
            .into_iter()
            .filter_map(part)
            .collect();
        text(self.attributes.get("displayName"))
            .or_else(|| part("formatted"))
            .or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
            .unwrap_or_else(|| self.user_name.clone())
    }

    /// Returns the primary email address, or else the first.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let emails = self.attributes.get("emails")?.as_array()?;
        let primary = emails.iter().find(|email| email["primary"] == true);
        primary.or(emails.first())?.get("value")?.as_str()
    }
}

/// A person whom Okta has pushed, with what this app knows of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionedPersonRecord {
    /// The person.
    pub person: ProvisionedPerson,
    /// Their roles in this app. `None` if only a sign-in will tell, because the connection's groups come
    /// from elsewhere, or because no sign-in is linked to them.
    pub roles: Option<Vec<String>>,
    /// Their sessions through the connection, the newest first.
    pub sessions: Vec<SessionSummary>,
    /// The newest entries of the audit trail that are theirs, or about them.
    pub activity: Vec<AuditEntry>,
    /// The newest SCIM requests that were about them.
    pub requests: Vec<ScimRequest>,
}

impl ProvisionedPersonRecord {
    /// Creates a record of somebody of whom nothing else is known.
    #[must_use]
    pub fn new(person: ProvisionedPerson) -> Self {
        Self {
            person,
            roles: None,
            sessions: Vec::new(),
            activity: Vec::new(),
            requests: Vec::new(),
        }
    }
}

/// A page of the people whom Okta has pushed, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionedPeople {
    /// The people.
    pub people: Vec<ProvisionedPerson>,
    /// The position of later ones, if there are any. Pass it as `after`.
    pub next: Option<String>,
}

/// A group that Okta has pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionedGroup {
    /// The ID in this app.
    pub id: String,
    /// The `displayName`, which the role table names.
    pub name: String,
    /// How many members it has.
    pub members: usize,
    /// When it was created here.
    pub created_at: Timestamp,
    /// When it, or who is in it, was changed last.
    pub changed_at: Timestamp,
}

impl ProvisionedGroup {
    /// Creates a group without members.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            members: 0,
            created_at,
            changed_at: created_at,
        }
    }
}

/// A page of the groups that Okta has pushed, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionedGroups {
    /// The groups.
    pub groups: Vec<ProvisionedGroup>,
    /// The position of later ones, if there are any. Pass it as `after`.
    pub next: Option<String>,
}
