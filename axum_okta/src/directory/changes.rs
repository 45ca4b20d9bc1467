//! What has changed, in order, since a cursor.

use std::fmt;

use okta_types::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Group, Membership, Person};
use crate::{
    services::Services,
    store::{FoundChange, ScimChange, now},
};

/// A place among the changes. Store it as text, in the transaction in which you store what came before
/// it: then each change takes effect once, whatever happens to your app.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// With the moment, because a database that is restored from a backup gives the same positions again.
    pub(super) fn at(position: i64, connections: Option<&[String]>) -> Self {
        let (Timestamp(now), made_for) = (now(), fingerprint(connections));
        Self(format!("{position}-{now}-{made_for}"))
    }

    /// The position, and when this cursor was made. `None` if it was made for other connections.
    pub(super) fn position(&self, connections: Option<&[String]>) -> Option<(i64, Timestamp)> {
        let (position, rest) = self.0.split_once('-')?;
        let (made_at, made_for) = rest.split_once('-')?;
        let position = position.parse().ok()?;
        let made_at = made_at.parse().ok()?;
        (made_for == fingerprint(connections)).then_some((position, Timestamp(made_at)))
    }

    /// Returns it as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which connections these are.
fn fingerprint(connections: Option<&[String]>) -> String {
    let Some(names) = connections else {
        return "all".to_owned();
    };
    let hash = Sha256::digest(names.join("\n"));
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Takes any text. One that isn't a cursor leads to [`DirectoryError::ReadAgain`](super::DirectoryError::ReadAgain).
impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A change of what Okta has pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A person was created or changed. This is what they are like now, so it may include changes that
    /// follow.
    Person(Person),
    /// A person was deleted, and with them their memberships.
    #[non_exhaustive]
    PersonDeleted {
        /// The connection through which they were pushed.
        connection: String,
        /// Their ID in this app.
        id: String,
        /// Their `externalId`, if they had one.
        external_id: Option<String>,
    },
    /// A group was created, or changed apart from its members. This is what it is like now.
    Group(Group),
    /// A group was deleted, and with it its memberships.
    #[non_exhaustive]
    GroupDeleted {
        /// The connection through which it was pushed.
        connection: String,
        /// Its ID in this app.
        id: String,
    },
    /// Somebody was added to a group. Both are known from changes before this one.
    Member(Membership),
    /// Somebody was removed from a group.
    MemberRemoved(Membership),
    /// A connection was deleted, and with it all its people and groups.
    #[non_exhaustive]
    ConnectionDeleted {
        /// The connection's name. Another one may get it later.
        connection: String,
    },
}

impl Change {
    pub(super) fn new(services: &Services, found: FoundChange) -> Option<Self> {
        let FoundChange {
            connection,
            changed,
            resource,
        } = found;
        Some(match changed {
            ScimChange::Person(_) => Self::Person(Person::new(services, &connection, resource?)),
            ScimChange::PersonDeleted { id, external_id } => Self::PersonDeleted {
                connection,
                id,
                external_id: Some(external_id).filter(|id| !id.is_empty()),
            },
            ScimChange::Group(_) => Self::Group(Group::new(services, &connection, resource?)),
            ScimChange::GroupDeleted(id) => Self::GroupDeleted { connection, id },
            ScimChange::Member { group, person } => Self::Member(Membership {
                connection,
                group,
                person,
            }),
            ScimChange::MemberRemoved { group, person } => Self::MemberRemoved(Membership {
                connection,
                group,
                person,
            }),
            ScimChange::ConnectionDeleted => Self::ConnectionDeleted { connection },
        })
    }

    /// Returns the name of the connection that it is about.
    #[must_use]
    pub fn connection(&self) -> &str {
        match self {
            Self::Person(person) => person.connection(),
            Self::Group(group) => group.connection(),
            Self::Member(membership) | Self::MemberRemoved(membership) => membership.connection(),
            Self::PersonDeleted { connection, .. }
            | Self::GroupDeleted { connection, .. }
            | Self::ConnectionDeleted { connection } => connection,
        }
    }
}

/// Changes, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    pub(super) changes: Vec<Change>,
    pub(super) cursor: Cursor,
    pub(super) has_more: bool,
}

impl Changes {
    /// Returns the changes.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns where to go on, also if there are no changes.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Returns whether there may be more changes already.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.has_more
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = std::vec::IntoIter<Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.changes.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_counts_for_the_connections_that_it_was_made_for() {
        let names = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let (acme, both) = (names(&["acme"]), names(&["acme", "beta"]));
        for connections in [None, Some(&*acme), Some(&*both), Some(&[])] {
            let cursor = Cursor::from(Cursor::at(7, connections).to_string());
            let position = cursor.position(connections);
            assert_eq!(position.map(|(position, _)| position), Some(7));
        }
        let cursor = Cursor::at(7, Some(&acme));
        for connections in [None, Some(&*both), Some(&[])] {
            assert!(cursor.position(connections).is_none());
        }
        for text in [
            "",
            "7",
            "-1-all",
            "seven-1-all",
            "7-all",
            "7-one-all",
            "7-1-ALL",
            "7-1-all-all",
        ] {
            let cursor = Cursor::from(text.to_owned());
            assert!(cursor.position(None).is_none(), "{text}");
        }
    }
}
