use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value},
};
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
    /// Details: why it was refused, what was changed.
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

/// What the audit trail records. The names are stable: they are in the database, in JSON, and in
/// the `event` field of the `tracing` events with the target `axum_okta::audit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[non_exhaustive]
pub enum AuditEvent {
    /// Somebody signed in.
    SignedIn,
    /// A sign-in failed.
    SignInRefused,
    /// Somebody signed out.
    SignedOut,
    /// Somebody became an admin through the setup code.
    BecameAdmin,
    /// A setup code was created; earlier ones no longer work.
    SetupCodeMade,
    /// The setup code was entered.
    SetupCodeAccepted,
    /// A wrong or expired setup code was entered.
    SetupCodeRefused,
    /// A connection was created or changed.
    Connected,
    /// A connection was not saved because a check failed.
    ConnectRefused,
    /// The checks were run again on the connection in use.
    Checked,
    /// The connection was removed.
    Disconnected,
    /// The connection was tested with a real sign-in that started no session.
    Tested,
    /// Somebody signed in, but their groups could not be loaded.
    GroupsMissing,
    /// The role table was changed.
    RolesChanged,
    /// A named admin was removed.
    AdminRemoved,
}

impl AuditEvent {
    /// Every event, in the order in which a list offers them.
    pub const ALL: [Self; 15] = [
        Self::SignedIn,
        Self::SignInRefused,
        Self::SignedOut,
        Self::GroupsMissing,
        Self::Connected,
        Self::ConnectRefused,
        Self::Disconnected,
        Self::Checked,
        Self::Tested,
        Self::RolesChanged,
        Self::BecameAdmin,
        Self::AdminRemoved,
        Self::SetupCodeMade,
        Self::SetupCodeAccepted,
        Self::SetupCodeRefused,
    ];

    /// The stable name, such as `signed_in`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The event as people read it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignedIn => "Signed in",
            Self::SignInRefused => "Sign-in failed",
            Self::SignedOut => "Signed out",
            Self::BecameAdmin => "Became an admin",
            Self::SetupCodeMade => "Setup code created",
            Self::SetupCodeAccepted => "Setup code accepted",
            Self::SetupCodeRefused => "Setup code rejected",
            Self::Connected => "Connection saved",
            Self::ConnectRefused => "Connection not saved",
            Self::Checked => "Checks run",
            Self::Disconnected => "Disconnected",
            Self::Tested => "Test sign-in",
            Self::GroupsMissing => "Groups not loaded",
            Self::RolesChanged => "Roles changed",
            Self::AdminRemoved => "Admin removed",
        }
    }

    /// Whether anybody on the network can cause it.
    #[must_use]
    pub fn is_open_to_strangers(self) -> bool {
        matches!(self, Self::SignInRefused | Self::SetupCodeRefused)
    }
}

/// From the stable name, such as `signed_in`.
impl FromStr for AuditEvent {
    type Err = value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
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
        /// Their name at the time.
        name: String,
    },
    /// Somebody who entered the setup code.
    SetupCode,
    /// Whoever runs the server.
    Operator,
    /// Somebody who is not signed in.
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
            Self::SetupCode => f.write_str("Setup code"),
            Self::Operator => f.write_str("Server operator"),
            Self::Stranger => f.write_str("Not signed in"),
        }
    }
}

/// Which part of the audit trail to read. The default is the newest page of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Only this event.
    pub event: Option<AuditEvent>,
    /// Only what people did whose name or subject contains this, in any case.
    pub person: Option<String>,
    /// The page before this place: older entries. An [`AuditPage`] names it as `next`.
    pub before: Option<String>,
    /// The page after this place: newer entries. An [`AuditPage`] names it as `previous`.
    pub after: Option<String>,
}

impl AuditQuery {
    /// Only this event.
    #[must_use]
    pub fn event(mut self, event: impl Into<Option<AuditEvent>>) -> Self {
        self.event = event.into();
        self
    }

    /// Only what people did whose name or subject contains this, in any case.
    #[must_use]
    pub fn person(mut self, person: impl Into<Option<String>>) -> Self {
        self.person = person.into();
        self
    }

    /// Entries older than this place.
    #[must_use]
    pub fn before(mut self, place: impl Into<Option<String>>) -> Self {
        self.before = place.into();
        self
    }

    /// Entries newer than this place.
    #[must_use]
    pub fn after(mut self, place: impl Into<Option<String>>) -> Self {
        self.after = place.into();
        self
    }

    /// Whether anything is left out, wherever the page begins.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.event.is_some() || self.sought().is_some()
    }

    /// Whether the entry is among what is asked for.
    #[must_use]
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        self.event.is_none_or(|event| event == entry.event)
            && self
                .sought()
                .is_none_or(|sought| entry.actor.to_string().to_lowercase().contains(&sought))
    }

    fn sought(&self) -> Option<String> {
        let person = self.person.as_deref()?.trim();
        (!person.is_empty()).then(|| person.to_lowercase())
    }
}

/// A page of the audit trail, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Where older entries begin, if there are any: give it back as `before`.
    pub next: Option<String>,
    /// Where newer entries begin, if there are any: give it back as `after`.
    #[serde(default)]
    pub previous: Option<String>,
}

/// What happened lately, for a first look at the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecentActivity {
    /// The last sign-in.
    pub last_sign_in: Option<AuditEntry>,
    /// How many sign-ins failed in the last 24 hours.
    pub refused_sign_ins: u64,
    /// How many people's groups could not be loaded in the last 24 hours.
    pub missing_groups: u64,
}

impl RecentActivity {
    /// From the last sign-in and the counts of the last 24 hours.
    #[must_use]
    pub fn new(
        last_sign_in: Option<AuditEntry>,
        refused_sign_ins: u64,
        missing_groups: u64,
    ) -> Self {
        Self {
            last_sign_in,
            refused_sign_ins,
            missing_groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(event: AuditEvent, name: &str) -> AuditEntry {
        AuditEntry {
            at: Timestamp(0),
            event,
            actor: Actor::Person {
                issuer: "https://dev-1.okta.com".to_owned(),
                subject: "00u1".to_owned(),
                name: name.to_owned(),
            },
            address: None,
            detail: None,
        }
    }

    #[test]
    fn every_event_is_in_the_list_and_known_by_its_name() {
        for event in AuditEvent::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
            assert_eq!(serde_json::json!(event), event.as_str());
        }
        assert!("no_such_event".parse::<AuditEvent>().is_err());
    }

    #[test]
    fn a_query_asks_for_an_event_and_a_person_in_any_case() {
        let ada = entry(AuditEvent::SignedIn, "Ada Lovelace");
        let query = AuditQuery::default();
        assert!(query.matches(&ada) && !query.is_filtered());
        for (person, found) in [
            ("lovelace", true),
            ("00U1", true),
            (" ", true),
            ("grace", false),
        ] {
            let query = AuditQuery::default().person(person.to_owned());
            assert_eq!(query.matches(&ada), found, "{person}");
        }
        let query = AuditQuery::default().event(AuditEvent::SignedOut);
        assert!(!query.matches(&ada) && query.is_filtered());
    }
}
