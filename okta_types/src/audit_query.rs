use serde::{Deserialize, Serialize};

use crate::{Actor, AuditEntry, AuditEvent, search::sought};

/// Selects a part of the audit trail. The default is the newest page of all entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Only entries of this event.
    pub event: Option<AuditEvent>,
    /// Only entries of people whose name or subject contains this text, ignoring case.
    pub person: Option<String>,
    /// Only entries of the person with this subject, and those about them.
    pub subject: Option<String>,
    /// Only entries about the connection of this name.
    pub connection: Option<String>,
    /// Only entries older than this position: the `next` of an [`AuditPage`].
    pub before: Option<String>,
    /// Only entries newer than this position: the `previous` of an [`AuditPage`].
    pub after: Option<String>,
}

impl AuditQuery {
    /// Selects only entries of this event.
    #[must_use]
    pub fn event(mut self, event: impl Into<Option<AuditEvent>>) -> Self {
        self.event = event.into();
        self
    }

    /// Selects only entries of people whose name or subject contains this text, ignoring case.
    #[must_use]
    pub fn person(mut self, person: impl Into<Option<String>>) -> Self {
        self.person = person.into();
        self
    }

    /// Selects only entries of the person with this subject, and those about them: what an admin, or
    /// Okta, has done to them.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<Option<String>>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Selects only entries about the connection of this name.
    #[must_use]
    pub fn connection(mut self, name: impl Into<Option<String>>) -> Self {
        self.connection = name.into();
        self
    }

    /// Selects only entries older than this position.
    #[must_use]
    pub fn before(mut self, place: impl Into<Option<String>>) -> Self {
        self.before = place.into();
        self
    }

    /// Selects only entries newer than this position.
    #[must_use]
    pub fn after(mut self, place: impl Into<Option<String>>) -> Self {
        self.after = place.into();
        self
    }

    /// Returns whether a filter is set, whatever the position.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.event.is_some()
            || self.sought().is_some()
            || self.subject.is_some()
            || self.connection.is_some()
    }

    /// Returns whether the entry matches the filters.
    #[must_use]
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        self.event.is_none_or(|event| event == entry.event)
            && (self.connection.is_none() || self.connection == entry.connection)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| entry.names(subject))
            && self
                .sought()
                .is_none_or(|sought| entry.actor.to_string().to_lowercase().contains(&sought))
    }

    fn sought(&self) -> Option<String> {
        sought(self.person.as_deref())
    }
}

impl AuditEntry {
    /// Whether it is of the person with this subject, or about them: details name people as actors are
    /// shown.
    fn names(&self, subject: &str) -> bool {
        let is_actor =
            matches!(&self.actor, Actor::Person { subject: actor, .. } if actor == subject);
        let in_detail = format!("({subject})");
        let is_named = self.detail.as_ref();
        is_actor || is_named.is_some_and(|detail| detail.contains(&in_detail))
    }
}

/// A page of the audit trail, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The position of older entries, if there are any. Pass it as `before`.
    pub next: Option<String>,
    /// The position of newer entries, if there are any. Pass it as `after`.
    #[serde(default)]
    pub previous: Option<String>,
}

/// A summary of recent events.
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
    /// Creates a summary from the last sign-in and the counts of the last 24 hours.
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
    use crate::Timestamp;

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
            connection: None,
        }
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

    #[test]
    fn a_query_asks_for_what_a_person_did_and_what_was_done_to_them() {
        let mut ended = entry(AuditEvent::EndedByAdmin, "Grace Hopper");
        ended.detail = Some("Ada Lovelace (00u10): 1 session".to_owned());
        for (subject, found) in [
            ("00u1", true),
            ("00u10", true),
            ("00u", false),
            ("00U10", false),
        ] {
            let query = AuditQuery::default().subject(subject.to_owned());
            assert_eq!(query.matches(&ended), found, "{subject}");
            assert!(query.is_filtered());
        }
    }
}
