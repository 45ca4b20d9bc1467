//! The people and groups that Okta has pushed, for your app's own code: [`Okta::directory`] reads them, and
//! tells what has changed.
//!
//! See the guide [Provisioning](crate::guide::provisioning#rows-of-your-own).

mod changes;
mod error;
mod hooks;
mod lists;
mod resources;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};

pub use changes::{Change, Changes, Cursor};
pub use error::DirectoryError;
pub(crate) use hooks::PersonHooks;
#[cfg(feature = "transaction")]
pub use hooks::TransactionOver;
pub use hooks::{PersonChange, PersonChangeKind};
pub(crate) use resources::pushed;
pub use resources::{Group, Membership, Page, Person};

#[cfg(feature = "transaction")]
pub use crate::store::LentTransaction;
use crate::{okta::Okta, services::Services, store::By};

/// Changes at once.
const CHANGES: usize = 500;

/// Waiting for changes ends after this time, so that whoever waits has a newer cursor.
const WAIT: Duration = Duration::from_secs(30);

/// What people and groups are looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key<'k> {
    /// The ID in this app.
    Id(&'k str),
    /// The `userName` of a person, or the `displayName` of a group, compared without case.
    Name(&'k str),
    /// The `externalId`. That of a person is the subject of their sign-ins.
    ExternalId(&'k str),
}

impl<'k> From<Key<'k>> for By<'k> {
    fn from(key: Key<'k>) -> Self {
        match key {
            Key::Id(id) => Self::Id(id),
            Key::Name(name) => Self::Name(name),
            Key::ExternalId(id) => Self::ExternalId(id),
        }
    }
}

/// The people and groups that Okta has pushed: those of all connections, or of
/// [one connection](Self::connection) or [one organization](Self::organization) alone. From
/// [`Okta::directory`]. Cheap to clone.
///
/// It reads what is stored, also on other servers, and asks Okta nothing. People and groups come in pages of
/// up to 500.
///
/// ```no_run
/// use axum_okta::{Okta, directory::{DirectoryError, Key}};
///
/// async fn seats_of(okta: &Okta, organization: &str) -> Result<usize, DirectoryError> {
///     let directory = okta.directory().organization(organization);
///     let (mut seats, mut after) = (0, None);
///     loop {
///         let page = directory.people(after.as_deref()).await?;
///         seats += page.items().iter().filter(|person| person.is_active()).count();
///         after = page.next().map(str::to_owned);
///         if after.is_none() {
///             return Ok(seats);
///         }
///     }
/// }
///
/// async fn name_of(okta: &Okta, connection: &str, user_name: &str) -> Result<Option<String>, DirectoryError> {
///     let person = okta.directory().person(connection, Key::Name(user_name)).await?;
///     Ok(person.map(|person| person.display_name()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Directory {
    okta: Okta,
    scope: Scope,
}

#[derive(Clone, Debug)]
enum Scope {
    Everything,
    Connection(String),
    Organization(String),
}

impl Okta {
    /// Returns the people and groups that Okta has pushed, for your app's own code.
    #[must_use]
    pub fn directory(&self) -> Directory {
        Directory {
            okta: self.clone(),
            scope: Scope::Everything,
        }
    }
}

impl Directory {
    /// Returns the part of this connection. If there is none of this name, it is empty.
    #[must_use]
    pub fn connection(&self, name: impl Into<String>) -> Self {
        Self {
            okta: self.okta.clone(),
            scope: Scope::Connection(name.into()),
        }
    }

    /// Returns the part of the connections that this organization has, whenever it is read. If there is
    /// no such organization, it is empty.
    #[must_use]
    pub fn organization(&self, key: impl Into<String>) -> Self {
        Self {
            okta: self.okta.clone(),
            scope: Scope::Organization(key.into()),
        }
    }

    /// Returns the place of now among the changes. Take it before you read everything for the first time:
    /// [`changes_since`](Self::changes_since) it has all that you may have missed meanwhile.
    ///
    /// # Errors
    ///
    /// As for [`people`](Self::people).
    pub async fn cursor(&self) -> Result<Cursor, DirectoryError> {
        let services = self.services()?;
        let connections = self.connections(services).await?;
        let position = services.store.scim_position().await?;
        Ok(Cursor::at(position, connections.as_deref()))
    }

    /// Returns up to 500 changes since a cursor, the oldest first, and the cursor to go on with: whatever
    /// was committed, by whatever server, in the order of the commits, and nothing twice. Changes are kept
    /// for 90 days.
    ///
    /// People and groups come as they are now. Of those who have been deleted since, only the deletion is
    /// left. So a change may tell what you have read already, and setting your row to what it says is all
    /// that there is to do.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::ReadAgain`] if not all changes since this cursor are known. Else as for
    /// [`people`](Self::people).
    pub async fn changes_since(&self, cursor: &Cursor) -> Result<Changes, DirectoryError> {
        let services = self.services()?;
        let connections = self.connections(services).await?;
        let connections = connections.as_deref();
        let position = cursor.position(connections);
        let (position, made_at) = position.ok_or(DirectoryError::ReadAgain)?;
        let known = (position, made_at);
        let found = services.store.scim_changes(connections, known, CHANGES);
        let found = found.await?.ok_or(DirectoryError::ReadAgain)?;
        let changes = found.changes.into_iter();
        let changes = changes.filter_map(|found| Change::new(services, found));
        Ok(Changes {
            changes: changes.collect(),
            cursor: match found.position == position {
                true => cursor.clone(),
                false => Cursor::at(found.position, connections),
            },
            has_more: found.is_full,
        })
    }

    /// The same, as soon as there are any changes. After half a minute without, there are none, but a newer
    /// cursor.
    ///
    /// A change of this server's, or of another that it hears, is told at once.
    ///
    /// ```no_run
    /// use axum_okta::directory::{Change, Cursor, Directory, DirectoryError};
    ///
    /// async fn follow(directory: Directory, mut cursor: Cursor) -> Result<(), DirectoryError> {
    ///     loop {
    ///         let changes = directory.next_changes(&cursor).await?;
    ///         cursor = changes.cursor().clone();
    ///         for change in changes {
    ///             if let Change::Person(person) = change {
    ///                 println!("{} is {}", person.user_name(), person.display_name());
    ///             }
    ///         }
    ///         // Store the cursor here, together with your rows.
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`changes_since`](Self::changes_since).
    pub async fn next_changes(&self, cursor: &Cursor) -> Result<Changes, DirectoryError> {
        let mut news = self.services()?.store.scim_news();
        let until = Instant::now() + WAIT;
        loop {
            // Whatever comes after this is heard.
            news.mark_unchanged();
            let changes = self.changes_since(cursor).await?;
            if !changes.changes.is_empty() || changes.has_more {
                return Ok(changes);
            }
            match timeout_at(until, news.changed()).await {
                Ok(Ok(())) => {}
                // The time is over, or nothing will change any more.
                _ => return Ok(changes),
            }
        }
    }

    fn services(&self) -> Result<&Arc<Services>, DirectoryError> {
        self.okta.services().map_err(|_| DirectoryError::Closed)
    }

    /// The names of the connections that this is about, in their order; `None` if it is about all.
    async fn connections(
        &self,
        services: &Services,
    ) -> Result<Option<Vec<String>>, DirectoryError> {
        Ok(match &self.scope {
            Scope::Everything => None,
            Scope::Connection(name) => Some(vec![name.replace('\0', "")]),
            Scope::Organization(key) => {
                services.servers.keep_up().await?;
                Some(services.connections.names_of(key))
            }
        })
    }

    async fn includes(
        &self,
        services: &Services,
        connection: &str,
    ) -> Result<bool, DirectoryError> {
        let connections = self.connections(services).await?;
        let names = connections.as_deref();
        Ok(names.is_none_or(|names| names.iter().any(|name| name == connection)))
    }
}
