//! The roles that somebody has now. They are not stored in the session, so that a change of the
//! role table applies to everybody at once.

use std::sync::Arc;

use arc_swap::ArcSwap;
use okta_types::{ADMIN, Identity, RoleTable, SeenGroup};

use crate::store::{Store, StoreError};

/// The role table in use, and the sources of admin rights besides it.
pub(crate) struct Roles {
    store: Arc<Store>,
    table: ArcSwap<RoleTable>,
    admin_group: Option<String>,
}

impl Roles {
    pub(crate) async fn load(
        store: Arc<Store>,
        admin_group: Option<String>,
    ) -> Result<Self, StoreError> {
        let table = store.role_table().await?;
        Ok(Self {
            store,
            table: ArcSwap::from_pointee(table),
            admin_group,
        })
    }

    /// The table in use. A different `Arc` means that cached roles are out of date.
    pub(crate) fn table(&self) -> Arc<RoleTable> {
        self.table.load_full()
    }

    pub(crate) fn is_current(&self, table: &Arc<RoleTable>) -> bool {
        Arc::ptr_eq(&self.table.load(), table)
    }

    pub(crate) fn admin_group(&self) -> Option<&str> {
        self.admin_group.as_deref()
    }

    /// Stores the table in place of `before` and uses it from now on. Returns `false` if another
    /// server has stored a different table in the meantime, which is used then.
    pub(crate) async fn replace(
        &self,
        before: &RoleTable,
        table: RoleTable,
    ) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let stored = change.role_table().await?;
        if stored != *before {
            self.table.store(Arc::new(stored));
            return Ok(false);
        }
        change.put_role_table(&table).await?;
        change.commit().await?;
        self.table.store(Arc::new(table));
        Ok(true)
    }

    /// For when the named admins have changed: cached roles are out of date.
    pub(crate) fn find_anew(&self) {
        // Not load and store: that could undo a table that was replaced in between.
        self.table.rcu(|table| RoleTable::clone(table));
    }

    /// Uses what another server has stored. Named admins may have changed, too.
    pub(crate) async fn read_again(&self) -> Result<(), StoreError> {
        let stored = self.store.role_table().await?;
        self.table.store(Arc::new(stored));
        Ok(())
    }

    /// The groups to choose from in the table: those of people who have signed in.
    pub(crate) async fn seen_groups(&self) -> Result<Vec<SeenGroup>, StoreError> {
        self.store.seen_groups(&self.table.load()).await
    }

    /// Whether any role depends on groups.
    pub(crate) fn depend_on_groups(&self) -> bool {
        self.admin_group.is_some() || !self.table.load().rules.is_empty()
    }

    /// Whether somebody can be an admin through a group.
    pub(crate) fn a_group_is_admin(&self) -> bool {
        let table = self.table.load();
        let gives_admin = table.rules.iter().any(|rule| rule.role == ADMIN);
        self.admin_group.is_some() || gives_admin
    }

    /// Whether this person is an admin through a group, and so stays one whatever happens to named
    /// admins.
    pub(crate) fn is_admin_by_groups(&self, identity: &Identity) -> bool {
        let groups = identity.groups.as_deref().unwrap_or_default();
        let by_table = self.table.load().roles_of(groups);
        self.is_in_admin_group(identity) || by_table.iter().any(|role| role == ADMIN)
    }

    fn is_in_admin_group(&self, identity: &Identity) -> bool {
        self.admin_group()
            .is_some_and(|group| identity.in_group(group))
    }

    /// Whether this person is an admin, by the table or otherwise.
    pub(crate) async fn is_admin(
        &self,
        identity: &Identity,
        table: &RoleTable,
    ) -> Result<bool, StoreError> {
        let roles = self.of(identity, table).await?;
        Ok(roles.iter().any(|role| role == ADMIN))
    }

    /// Named admins and members of the operator's group get `admin` first, then the table applies.
    pub(crate) async fn of(
        &self,
        identity: &Identity,
        table: &RoleTable,
    ) -> Result<Vec<String>, StoreError> {
        let is_admin = self.is_in_admin_group(identity)
            || self
                .store
                .is_admin(&identity.issuer, &identity.subject)
                .await?;
        let mut roles = table.roles_of(identity.groups.as_deref().unwrap_or_default());
        if is_admin {
            roles.retain(|role| role != ADMIN);
            roles.insert(0, ADMIN.to_owned());
        }
        Ok(roles)
    }
}

#[cfg(test)]
mod tests {
    use okta_types::RoleRule;

    use super::*;

    #[tokio::test]
    async fn a_table_that_another_server_kept_is_not_overwritten_unseen() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("okta.db").display());
        let server = async || {
            let store = Arc::new(Store::open(&url, None).await.unwrap());
            Roles::load(store, None).await.unwrap()
        };
        let [one, other] = [server().await, server().await];
        let table = |role: &str| RoleTable::new(vec![RoleRule::new("Engineering", role)]);
        let empty = RoleTable::default();
        assert!(one.replace(&empty, table("editor")).await.unwrap());
        assert!(!other.replace(&empty, table("author")).await.unwrap());
        assert_eq!(*other.table(), table("editor"), "in use from now on");
        let replaced = other.replace(&table("editor"), table("author")).await;
        assert!(replaced.unwrap());
        assert_eq!(*server().await.table(), table("author"));
    }
}
