use std::fmt;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::{Identity, Timestamp};

/// One line of the audit trail. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub event: AuditEvent,
    /// Who did it.
    pub actor: Actor,
    /// From which client address, where the app knows it.
    pub address: Option<String>,
    /// The particulars: why it was refused, what was changed.
    pub detail: Option<String>,
}

impl AuditEntry {
    /// An entry without an address and without particulars.
    #[must_use]
    pub fn new(at: Timestamp, event: AuditEvent, actor: Actor) -> Self {
        Self {
            at,
            event,
            actor,
            address: None,
            detail: None,
        }
    }
}

/// What the audit trail knows of. The names are stable: they are in the database, in JSON, and in the `event` field of
/// the `tracing` events with the target `axum_okta::audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum AuditEvent {
    /// Somebody signed in.
    SignedIn,
    /// A sign-in did not end with a session.
    SignInRefused,
    /// Somebody signed out.
    SignedOut,
    /// Somebody became admin through the setup code.
    BecameAdmin,
    /// A setup code was made; earlier ones are dead.
    SetupCodeMade,
    /// The setup code was entered.
    SetupCodeAccepted,
    /// A wrong or dead setup code was entered.
    SetupCodeRefused,
    /// A connection was taken into use or changed.
    Connected,
    /// Connect was pressed and a check failed; nothing was changed.
    ConnectRefused,
    /// The checks were run on the connection in use.
    Checked,
    /// The connection was taken out of use.
    Disconnected,
    /// The connection was tested with a real sign-in that started no session.
    Tested,
    /// Somebody signed in, but their groups could not be had.
    GroupsMissing,
    /// The role table was changed.
    RolesChanged,
    /// Somebody is no longer admin by name.
    AdminRemoved,
}

impl AuditEvent {
    /// The stable name, such as `signed_in`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The event for a person.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignedIn => "Signed in",
            Self::SignInRefused => "Sign-in refused",
            Self::SignedOut => "Signed out",
            Self::BecameAdmin => "Became admin",
            Self::SetupCodeMade => "Setup code made",
            Self::SetupCodeAccepted => "Setup code accepted",
            Self::SetupCodeRefused => "Setup code refused",
            Self::Connected => "Connected",
            Self::ConnectRefused => "Connect refused",
            Self::Checked => "Checked again",
            Self::Disconnected => "Disconnected",
            Self::Tested => "Tested",
            Self::GroupsMissing => "Groups missing",
            Self::RolesChanged => "Roles changed",
            Self::AdminRemoved => "Admin removed",
        }
    }

    /// Whether anybody can cause it without having been let in.
    #[must_use]
    pub fn is_open_to_strangers(self) -> bool {
        matches!(self, Self::SignInRefused | Self::SetupCodeRefused)
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// Somebody signed in.
    Person {
        /// Their issuer.
        issuer: String,
        /// Their subject at that issuer.
        subject: String,
        /// What they were called at the time.
        name: String,
    },
    /// Whoever had entered the setup code.
    SetupCode,
    /// Whoever runs the server.
    Operator,
    /// Nobody we know.
    Stranger,
}

impl From<&Identity> for Actor {
    fn from(identity: &Identity) -> Self {
        Self::Person {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            name: identity.display_name().to_owned(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person { name, subject, .. } => write!(f, "{name} ({subject})"),
            Self::SetupCode => f.write_str("holder of the setup code"),
            Self::Operator => f.write_str("operator"),
            Self::Stranger => f.write_str("somebody"),
        }
    }
}

/// Some entries of the audit trail, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins, if there is one: give it back as `before`.
    pub next: Option<String>,
}
