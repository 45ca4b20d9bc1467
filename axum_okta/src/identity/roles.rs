//! The roles that somebody has now. They are not stored in the session, so that a change of the
//! role table applies to everybody at once.

use std::sync::Arc;

use okta_types::{ADMIN, GroupsFrom, Identity, Profile, RoleTable, SeenGroup};

use super::provisioned;
use crate::{
    connection::{CONNECTION, Connection, Connections},
    store::{Store, StoreError},
};

/// The role tables in use, one for each connection, and the sources of admin rights besides them.
pub(crate) struct Roles {
    store: Arc<Store>,
    connections: Arc<Connections>,
    admin_group: Option<String>,
    /// Those that the app's code names.
    known: Vec<String>,
}

impl Roles {
    pub(crate) fn new(
        store: Arc<Store>,
        connections: Arc<Connections>,
        admin_group: Option<String>,
    ) -> Self {
        Self {
            store,
            connections,
            admin_group,
            known: Vec::new(),
        }
    }

    /// The roles that the app's code names, beside those of the tables.
    pub(crate) fn knowing(mut self, roles: Vec<String>) -> Self {
        self.known = roles;
        self
    }

    /// The table of a connection.
    pub(crate) fn table(&self, connection: &str) -> Arc<RoleTable> {
        self.connections.role_table(connection)
    }

    /// The operator's group, whose members are admins of the whole app: those of the first
    /// connection. What another organization calls its groups is its own affair.
    pub(crate) fn admin_group(&self, connection: &str) -> Option<&str> {
        let group = self.admin_group.as_deref();
        group.filter(|_| connection == CONNECTION)
    }

    /// Stores the table in place of `before` and uses it from now on. Returns `false` if another
    /// server has stored a different table in the meantime, which is used then.
    pub(crate) async fn replace(
        &self,
        connection: &str,
        before: &RoleTable,
        table: RoleTable,
    ) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let stored = change.role_table(connection).await?;
        if stored != *before {
            self.connections.use_role_table(connection, stored);
            return Ok(false);
        }
        change.put_role_table(connection, &table).await?;
        change.commit().await?;
        self.connections.use_role_table(connection, table);
        Ok(true)
    }

    /// For when the named admins of a connection have changed: cached roles are out of date.
    pub(crate) fn find_anew(&self, connection: &str) {
        self.connections.find_anew(connection);
    }

    /// The groups to choose from in the table: those of people who have signed in, or those that Okta
    /// pushes.
    pub(crate) async fn seen_groups(&self, connection: &str) -> Result<Vec<SeenGroup>, StoreError> {
        let known = self.connections.named(connection);
        match known.map(|known| known.config.options.groups_from) {
            Some(GroupsFrom::Provisioning) => self.store.pushed_groups(connection).await,
            _ => {
                let table = self.table(connection);
                self.store.seen_groups(connection, &table).await
            }
        }
    }

    /// The roles that Okta can assign to people of a connection. Who is an admin of these settings is
    /// decided here, and by groups, and not by whoever assigns roles in Okta.
    pub(crate) fn assignable(&self, table: &RoleTable) -> Vec<String> {
        let of_table = table.rules.iter().map(|rule| &rule.role);
        let of_table = of_table.chain(&table.default_role);
        let mut roles: Vec<String> = Vec::new();
        for role in of_table.chain(&self.known) {
            if role != ADMIN && !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        roles
    }

    /// Whether any role of a connection depends on groups.
    pub(crate) fn depend_on_groups(&self, connection: &str) -> bool {
        self.admin_group(connection).is_some() || !self.table(connection).rules.is_empty()
    }

    /// Whether somebody can be an admin of a connection through a group.
    pub(crate) fn a_group_is_admin(&self, connection: &str) -> bool {
        let table = self.table(connection);
        let gives_admin = table.rules.iter().any(|rule| rule.role == ADMIN);
        self.admin_group(connection).is_some() || gives_admin
    }

    /// Whether this person is an admin through a group, and so stays one whatever happens to named
    /// admins.
    pub(crate) fn is_admin_by_groups(&self, identity: &Identity) -> bool {
        let groups = identity.groups.as_deref().unwrap_or_default();
        let by_table = self.table(&identity.connection).roles_of(groups);
        self.is_in_admin_group(identity) || by_table.iter().any(|role| role == ADMIN)
    }

    fn is_in_admin_group(&self, identity: &Identity) -> bool {
        self.admin_group(&identity.connection)
            .is_some_and(|group| identity.in_group(group))
    }

    /// Whether this person is an admin, by the table or otherwise.
    pub(crate) async fn is_admin(
        &self,
        identity: &Identity,
        table: &RoleTable,
    ) -> Result<bool, StoreError> {
        let roles = self.of(identity, table, &[]).await?;
        Ok(roles.iter().any(|role| role == ADMIN))
    }

    /// Whether somebody who signed in before is an admin by what Okta has pushed since.
    pub(crate) async fn is_admin_now(&self, identity: &Identity) -> Result<bool, StoreError> {
        let table = self.table(&identity.connection);
        let Some(connection) = self.connections.named(&identity.connection) else {
            return self.is_admin(identity, &table).await;
        };
        let mut identity = identity.clone();
        let pushed = provisioned::complete(&self.store, &mut identity, &connection).await?;
        Ok(pushed.is_ok() && self.is_admin(&identity, &table).await?)
    }

    /// Named admins and members of the operator's group get `admin` first, then the table applies, and
    /// then the roles that Okta has assigned, as far as they are this app's.
    pub(crate) async fn of(
        &self,
        identity: &Identity,
        table: &RoleTable,
        assigned: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let is_admin = self.is_in_admin_group(identity) || self.is_named(identity).await?;
        let groups = identity.groups.as_deref().unwrap_or_default();
        let mut roles = match assigned {
            [] => table.roles_of(groups),
            assigned => {
                let assignable = self.assignable(table);
                let ours = assigned.iter().filter(|role| assignable.contains(role));
                table.roles_with(groups, &ours.cloned().collect::<Vec<_>>())
            }
        };
        if is_admin {
            roles.retain(|role| role != ADMIN);
            roles.insert(0, ADMIN.to_owned());
        }
        Ok(roles)
    }

    /// Whether this person is a named admin of the connection they came through.
    pub(crate) async fn is_named(&self, identity: &Identity) -> Result<bool, StoreError> {
        let Profile {
            connection,
            issuer,
            subject,
            ..
        } = &**identity;
        self.store.is_admin(connection, issuer, subject).await
    }

    /// What can change while somebody is signed in: their roles, of which Okta may have assigned some,
    /// and whose connection it is.
    pub(crate) async fn complete(
        &self,
        identity: &mut Identity,
        connection: &Connection,
        assigned: &[String],
    ) -> Result<(), StoreError> {
        identity.roles = self.of(identity, &connection.roles, assigned).await?;
        connection
            .organization()
            .clone_into(&mut identity.organization);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use okta_types::RoleRule;

    use super::*;
    use crate::connection::tests::Database;

    #[tokio::test]
    async fn a_table_that_another_server_kept_is_not_overwritten_unseen() {
        let database = Database::new();
        let server = async || {
            let (store, connections) = database.server().await;
            Roles::new(store, connections, None)
        };
        let [one, other] = [server().await, server().await];
        let table = |role: &str| RoleTable::new(vec![RoleRule::new("Engineering", role)]);
        let empty = RoleTable::default();
        for name in [CONNECTION, "acme"] {
            let replaced = one.replace(name, &empty, table("editor")).await;
            assert!(replaced.unwrap());
            let replaced = other.replace(name, &empty, table("author")).await;
            assert!(!replaced.unwrap());
            assert_eq!(*other.table(name), table("editor"), "in use from now on");
            let replaced = other.replace(name, &table("editor"), table("author")).await;
            assert!(replaced.unwrap());
            assert_eq!(*server().await.table(name), table("author"));
        }
        assert_eq!(*other.table("beta"), empty, "another connection's");
    }
}
