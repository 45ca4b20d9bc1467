//! What has changed of people, groups, and memberships, for whoever keeps rows of their own.
//!
//! Changes are numbered in the order of the commits. They are stored first, in batches, and the batches
//! take their numbers as the last thing before the commit, which holds the row that these come from until
//! it is done. So whoever sees a number sees all that are lower, and nothing is ever committed below it.

mod number;
mod read;

use tokio::sync::watch;

use super::{Change, Store};

pub(crate) use read::FoundChange;
#[cfg(test)]
pub(super) use read::select_changes;

/// Something that has changed, by the ids of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScimChange {
    Person(String),
    PersonDeleted { id: String, external_id: String },
    Group(String),
    GroupDeleted(String),
    Member { group: String, person: String },
    MemberRemoved { group: String, person: String },
    ConnectionDeleted,
}

impl Store {
    /// Tells whoever waits for changes to look again.
    pub(crate) fn scim_may_have_changed(&self) {
        self.scim_news.send_replace(());
    }

    /// Hears of it from now on.
    pub(crate) fn scim_news(&self) -> watch::Receiver<()> {
        self.scim_news.subscribe()
    }
}

impl Change<'_> {
    /// Notes what has changed, to be numbered when this change is committed.
    pub(crate) fn scim_changed(
        &mut self,
        connection: &str,
        changed: impl IntoIterator<Item = ScimChange>,
    ) {
        let before = self.scim_changes.len();
        let changed = changed.into_iter();
        self.scim_changes
            .extend(changed.map(|changed| (connection.to_owned(), changed)));
        if self.scim_changes.len() > before {
            self.news.provisioning_changed(connection);
        }
    }
}
