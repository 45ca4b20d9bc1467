//! People, groups, and memberships, as the app reads them.

use okta_types::{ProvisionedPerson, Timestamp};
use serde_json::{Map, Value};

use crate::{services::Services, store::Resource};

/// A person whom Okta has pushed.
///
/// Keep their [connection](Self::connection) and [`id`](Self::id) with rows of your own: both stay what
/// they are. Whoever is deleted in Okta and pushed again has another ID.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Person {
    connection: String,
    organization: String,
    version: i64,
    pushed: ProvisionedPerson,
}

impl Person {
    pub(crate) fn new(services: &Services, connection: &str, found: Resource) -> Self {
        Self {
            connection: connection.to_owned(),
            organization: services.organization_of(connection),
            version: found.version,
            pushed: pushed(found),
        }
    }

    /// As they are once they are deleted.
    pub(super) fn deactivated(&self) -> Self {
        let mut person = self.clone();
        person.pushed.active = false;
        person
    }

    /// Returns the name of the connection through which they were pushed.
    #[must_use]
    pub fn connection(&self) -> &str {
        &self.connection
    }

    /// Returns the key of the organization whose connection that is now.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// Returns their ID in this app, which Okta was given.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.pushed.id
    }

    /// Returns their `userName`. No two people of a connection have the same one, compared without case.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.pushed.user_name
    }

    /// Returns their `externalId`, which is the [`subject`](okta_types::Profile::subject) of their
    /// sign-ins, if Okta has sent one.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.pushed.external_id.as_deref()
    }

    /// Returns whether they may sign in: whether Okta hasn't deactivated them.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.pushed.active
    }

    /// Returns the name to show.
    #[must_use]
    pub fn display_name(&self) -> String {
        self.pushed.display_name()
    }

    /// Returns their primary email address, or else the first.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.pushed.email()
    }

    /// Returns all attributes as Okta sent them, without passwords.
    #[must_use]
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.pushed.attributes
    }

    /// Returns a number that is higher after each of their changes. Where several parts of your app write
    /// a row, keep it there, and let none write an older one over a newer one.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Returns when they were created here.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.pushed.created_at
    }

    /// Returns when they were changed last, apart from their groups.
    #[must_use]
    pub fn changed_at(&self) -> Timestamp {
        self.pushed.changed_at
    }
}

/// A stored person, whose groups aren't known.
pub(crate) fn pushed(found: Resource) -> ProvisionedPerson {
    let mut person = ProvisionedPerson::new(found.id, found.name, found.created_at);
    person.external_id = Some(found.external_id).filter(|id| !id.is_empty());
    person.active = found.active;
    person.attributes = found.content;
    person.changed_at = found.changed_at;
    person
}

/// A group that Okta has pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    connection: String,
    organization: String,
    id: String,
    name: String,
    external_id: Option<String>,
    attributes: Map<String, Value>,
    created_at: Timestamp,
    changed_at: Timestamp,
}

impl Group {
    pub(crate) fn new(services: &Services, connection: &str, found: Resource) -> Self {
        Self {
            connection: connection.to_owned(),
            organization: services.organization_of(connection),
            id: found.id,
            name: found.name,
            external_id: Some(found.external_id).filter(|id| !id.is_empty()),
            attributes: found.content,
            created_at: found.created_at,
            changed_at: found.changed_at,
        }
    }

    /// Returns the name of the connection through which it was pushed.
    #[must_use]
    pub fn connection(&self) -> &str {
        &self.connection
    }

    /// Returns the key of the organization whose connection that is now.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// Returns its ID in this app, which Okta was given.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns its `displayName`, which the role table names.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its `externalId`, if Okta has sent one.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }

    /// Returns all attributes as Okta sent them, without the members.
    #[must_use]
    pub fn attributes(&self) -> &Map<String, Value> {
        &self.attributes
    }

    /// Returns when it was created here.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns when it, or who is in it, was changed last.
    #[must_use]
    pub fn changed_at(&self) -> Timestamp {
        self.changed_at
    }
}

/// That somebody is in a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Membership {
    pub(super) connection: String,
    pub(super) group: String,
    pub(super) person: String,
}

impl Membership {
    /// Returns the name of the connection of both.
    #[must_use]
    pub fn connection(&self) -> &str {
        &self.connection
    }

    /// Returns the [ID](Group::id) of the group.
    #[must_use]
    pub fn group(&self) -> &str {
        &self.group
    }

    /// Returns the [ID](Person::id) of the person.
    #[must_use]
    pub fn person(&self) -> &str {
        &self.person
    }
}

/// A part of a list, in an order that stays the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
}

impl<T> Page<T> {
    /// Returns what is on this page.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Returns the position of what follows, if anything does. Pass it as `after`.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}
