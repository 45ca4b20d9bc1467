//! Lists of people, groups, and memberships, a page at a time, and each by its key.

use super::{Directory, DirectoryError, Group, Key, Membership, Page, Person};
use crate::{
    services::Services,
    store::{Kind, MembershipIds, Resource},
};

/// People, groups, or memberships on a page.
const PAGE: usize = 500;

impl Directory {
    /// Returns a page of the people, active or not. `after` is the [`next`](Page::next) of a page.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::Closed`] if the plugin isn't open, [`DirectoryError::Store`] if the database
    /// doesn't respond.
    pub async fn people(&self, after: Option<&str>) -> Result<Page<Person>, DirectoryError> {
        self.page(Kind::User, after, Person::new).await
    }

    /// Returns the person of this connection with this ID, name, or external ID.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn person(
        &self,
        connection: &str,
        key: Key<'_>,
    ) -> Result<Option<Person>, DirectoryError> {
        self.one(Kind::User, connection, key, Person::new).await
    }

    /// Returns a page of the groups. `after` is the [`next`](Page::next) of a page.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn groups(&self, after: Option<&str>) -> Result<Page<Group>, DirectoryError> {
        self.page(Kind::Group, after, Group::new).await
    }

    /// Returns the group of this connection with this ID, name, or external ID.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn group(
        &self,
        connection: &str,
        key: Key<'_>,
    ) -> Result<Option<Group>, DirectoryError> {
        self.one(Kind::Group, connection, key, Group::new).await
    }

    /// Returns a page of who is in which group. `after` is the [`next`](Page::next) of a page.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn memberships(
        &self,
        after: Option<&str>,
    ) -> Result<Page<Membership>, DirectoryError> {
        let services = self.services()?;
        let connections = self.connections(services).await?;
        let after = after.unwrap_or_default().replace('\0', "");
        let mut parts = after.split('/');
        let mut part = || parts.next().unwrap_or_default();
        let after = (part(), part(), part());
        let found = services
            .store
            .scim_memberships_among(connections.as_deref(), after, PAGE + 1)
            .await?;
        let place = |one: &Membership| format!("{}/{}/{}", one.connection, one.group, one.person);
        let found = found.into_iter().map(|found| {
            let MembershipIds {
                connection,
                group,
                person,
            } = found;
            Membership {
                connection,
                group,
                person,
            }
        });
        Ok(page_of(found.collect(), place))
    }

    /// Returns a page of a group's members. `after` is the [`next`](Page::next) of a page.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn members_of(
        &self,
        group: &Group,
        after: Option<&str>,
    ) -> Result<Page<Person>, DirectoryError> {
        let services = self.services()?;
        let name = group.connection();
        let found = match self.includes(services, name).await? {
            true => {
                let after = after.unwrap_or_default().replace('\0', "");
                let members = services
                    .store
                    .scim_members(name, group.id(), &after, PAGE + 1);
                members.await?
            }
            false => Vec::new(),
        };
        let people = found
            .into_iter()
            .map(|found| Person::new(services, name, found));
        Ok(page_of(people.collect(), |person| person.id().to_owned()))
    }

    /// Returns the groups that a person is in.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn groups_of(&self, person: &Person) -> Result<Vec<Group>, DirectoryError> {
        let services = self.services()?;
        let name = person.connection();
        if !self.includes(services, name).await? {
            return Ok(Vec::new());
        }
        let found = services.store.scim_groups(name, person.id()).await?;
        let groups = found
            .into_iter()
            .map(|found| Group::new(services, name, found));
        Ok(groups.collect())
    }

    async fn page<T: Placed>(
        &self,
        kind: Kind,
        after: Option<&str>,
        new: impl Fn(&Services, &str, Resource) -> T,
    ) -> Result<Page<T>, DirectoryError> {
        let services = self.services()?;
        let connections = self.connections(services).await?;
        let after = after.unwrap_or_default().replace('\0', "");
        let after = after.split_once('/').unwrap_or_default();
        let found = services
            .store
            .scim_resources_among(connections.as_deref(), kind, after, PAGE + 1)
            .await?;
        let found = found
            .into_iter()
            .map(|(connection, found)| new(services, &connection, found));
        Ok(page_of(found.collect(), T::place))
    }

    async fn one<T>(
        &self,
        kind: Kind,
        connection: &str,
        key: Key<'_>,
        new: impl Fn(&Services, &str, Resource) -> T,
    ) -> Result<Option<T>, DirectoryError> {
        let services = self.services()?;
        // As stored, an external ID is empty where there is none.
        let is_key = !matches!(key, Key::ExternalId("")) && !connection.contains('\0');
        if !is_key || !self.includes(services, connection).await? {
            return Ok(None);
        }
        let found = services
            .store
            .scim_resource(connection, kind, key.into())
            .await?;
        Ok(found.map(|found| new(services, connection, found)))
    }
}

/// What has a place in a list over several connections.
trait Placed {
    fn place(&self) -> String;
}

impl Placed for Person {
    fn place(&self) -> String {
        format!("{}/{}", self.connection(), self.id())
    }
}

impl Placed for Group {
    fn place(&self) -> String {
        format!("{}/{}", self.connection(), self.id())
    }
}

/// A page of what was found, of which there is one more if anything follows.
fn page_of<T>(mut items: Vec<T>, place: impl Fn(&T) -> String) -> Page<T> {
    let is_last = items.len() <= PAGE;
    items.truncate(PAGE);
    let last = items.last().filter(|_| !is_last);
    let next = last.map(place);
    Page { items, next }
}
