//! Changes of connections, here and on every server.

use std::sync::Arc;

use okta_types::{ConnectionSummary, RoleTable};

use super::{
    CONNECTION, Connection, ConnectionChangeKind, Connections,
    issuer::{differ_by_slash_only, same_org},
    registry::Registry,
};
use crate::store::{Change, ConnectionConfig, Domain, StoreError};

/// Why a connection was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplaceError {
    #[error("another server has stored a different connection under this name in the meantime")]
    Changed,
    #[error("the connection {0} is of the same Okta app")]
    SameApp(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Connections {
    /// Stores the connection in place of `before`, with its role table if that is replaced, too, and
    /// uses it from now on. If another server has stored a different one in the meantime, that is
    /// used.
    pub(crate) async fn replace(
        &self,
        before: Option<&Connection>,
        connection: Connection,
        table: Option<RoleTable>,
    ) -> Result<(), ReplaceError> {
        let config = &connection.config;
        let mut change = self.store.change().await?;
        let stored = change.connection(&config.name).await?;
        if !is_same(stored.as_ref(), before) {
            self.use_stored(&config.name, stored);
            return Err(ReplaceError::Changed);
        }
        let others = change.connections_of_client(&config.client_id).await?;
        let managed = self.first().filter(|first| first.managed);
        let managed = managed.filter(|first| first.config.client_id == config.client_id);
        let managed = managed.map(|first| (first.config.name.clone(), first.issuer().to_owned()));
        for (name, issuer) in others.into_iter().chain(managed) {
            if name != config.name && differ_by_slash_only(&issuer, &config.issuer) {
                return Err(ReplaceError::SameApp(name));
            }
        }
        let was_enabled = before.is_some_and(|before| before.config.standing.enabled);
        if was_enabled && !config.standing.enabled {
            // Nor does anybody keep the right to open its settings.
            change.delete_connection_setups(&config.name).await?;
        }
        end_access_of_former_org(&mut change, before.map(Connection::issuer), config).await?;
        change.put_connection(config).await?;
        if let Some(table) = &table {
            change.put_role_table(&config.name, table).await?;
        }
        change.commit().await?;
        let kind = match before {
            Some(_) => ConnectionChangeKind::Changed,
            None => ConnectionChangeKind::Created,
        };
        let summary = connection.summary();
        let table = table.map(Arc::new);
        self.update(|known| {
            known.put(connection.clone());
            if let Some(table) = &table {
                known.put_table(&connection.config.name, table.clone());
            }
        });
        self.changes.tell(kind, summary);
        Ok(())
    }

    /// The same provider, configured like this from now on.
    pub(crate) async fn change(
        &self,
        before: &Connection,
        config: ConnectionConfig,
    ) -> Result<(), ReplaceError> {
        self.replace(Some(before), before.with(config), None).await
    }

    /// Deletes a connection. The first one keeps its role table, admins, and domains, for the Okta
    /// app that is connected next. Returns `false` if another server has stored a different one in
    /// the meantime, which is used then.
    pub(crate) async fn delete(&self, connection: &Connection) -> Result<bool, StoreError> {
        let name = &*connection.config.name;
        let mut change = self.store.change().await?;
        let stored = change.connection(name).await?;
        if !is_same(stored.as_ref(), Some(connection)) {
            self.use_stored(name, stored);
            return Ok(false);
        }
        delete_rows(&mut change, name).await?;
        if name != CONNECTION {
            let organization = connection.organization();
            change
                .delete_branding_without_connection(organization)
                .await?;
            change.delete_branding_without_connection(name).await?;
        }
        change.commit().await?;
        self.update(|known| {
            known.remove(name);
            if name != CONNECTION {
                known.tables.remove(name);
                known.provisioned.remove(name);
                known.put_domains(name, &[]);
            }
        });
        self.changes
            .tell(ConnectionChangeKind::Deleted, connection.summary());
        Ok(true)
    }

    /// Tells the app of a change that was stored otherwise.
    pub(crate) fn tell(&self, kind: ConnectionChangeKind, connection: ConnectionSummary) {
        self.changes.tell(kind, connection);
    }

    /// Uses this table from now on.
    pub(crate) fn use_role_table(&self, name: &str, table: RoleTable) {
        let table = Arc::new(table);
        self.update(|known| known.put_table(name, table.clone()));
    }

    /// For when provisioning was turned on: what was made of the connection no longer counts.
    pub(crate) fn use_provisioning(&self, name: &str) {
        self.update(|known| known.put_provisioned(name));
    }

    /// Uses those of these domains that count.
    pub(crate) fn use_domains(&self, name: &str, domains: &[Domain]) {
        let counting = counting(domains);
        self.update(|known| known.put_domains(name, &counting));
    }

    /// For when the named admins have changed: what was made of the connection no longer counts.
    pub(crate) fn find_anew(&self, name: &str) {
        self.update(|known| {
            if let Some(connection) = known.by_name.get(name) {
                known.put(Connection::clone(connection));
            }
        });
    }

    /// Uses what another server has stored of this connection. Named admins may have changed, too.
    #[cfg(feature = "postgres")]
    pub(crate) async fn read_again(&self, name: &str) -> Result<(), StoreError> {
        loop {
            let before = self.known.load_full();
            let after = self.with_stored(&before, name).await?;
            if self.use_unless_changed(&before, after) {
                return Ok(());
            }
        }
    }

    /// The same of all of them.
    pub(crate) async fn read_all_again(&self) -> Result<(), StoreError> {
        loop {
            let before = self.known.load_full();
            let after = self.all_stored(&before).await?;
            if self.use_unless_changed(&before, after) {
                return Ok(());
            }
        }
    }

    /// What is known, and of this connection what is stored.
    #[cfg(feature = "postgres")]
    async fn with_stored(&self, known: &Registry, name: &str) -> Result<Registry, StoreError> {
        let table = self.store.role_table(name).await?;
        let domains = self.store.domains_of(name).await?;
        let is_provisioned = self.store.is_provisioned(name).await?;
        let stored = self.store.connection(name).await?;
        let mut known = Registry::clone(known);
        match is_provisioned {
            true => known.put_provisioned(name),
            false => drop(known.provisioned.remove(name)),
        }
        known.put_table(name, Arc::new(table));
        known.put_domains(name, &counting(&domains));
        let managed = known.by_name.get(name).filter(|known| known.managed);
        match (managed.cloned(), stored) {
            (Some(managed), _) => known.put(Connection::clone(&managed)),
            (None, Some(config)) => known.put(self.as_stored(config)),
            (None, None) => known.remove(name),
        }
        Ok(known)
    }

    async fn all_stored(&self, known: &Registry) -> Result<Registry, StoreError> {
        let stored = self.store.connections().await?;
        let mut read = Registry::default();
        for (name, table) in self.store.role_tables().await? {
            read.tables.insert(name.into(), Arc::new(table));
        }
        let provisioned = self.store.provisioned_connections().await?;
        read.provisioned = provisioned.into_iter().map(Into::into).collect();
        for (domain, connection) in self.store.verified_domains().await? {
            read.by_domain.insert(domain.into(), connection.into());
        }
        let managed = known.by_name.values().filter(|known| known.managed);
        for managed in managed {
            read.put(Connection::clone(managed));
        }
        for config in stored {
            if !read.by_name.contains_key(&*config.name) {
                read.put(self.as_stored(config));
            }
        }
        Ok(read)
    }

    /// If what is known has changed meanwhile, what was read may be older, and is to be read again.
    fn use_unless_changed(&self, before: &Arc<Registry>, after: Registry) -> bool {
        let found = self.known.compare_and_swap(before, Arc::new(after));
        Arc::ptr_eq(&found, before)
    }

    fn use_stored(&self, name: &str, stored: Option<ConnectionConfig>) {
        match stored {
            Some(config) => self.put(self.as_stored(config)),
            None => self.update(|known| known.remove(name)),
        }
    }

    /// With what the provider said, if it is known already.
    fn as_stored(&self, config: ConnectionConfig) -> Connection {
        match self.named(&config.name) {
            Some(known) if known.config.issuer == config.issuer => known.with(config),
            _ => self.kept(config),
        }
    }

    pub(super) fn put(&self, connection: Connection) {
        self.update(|known| known.put(connection.clone()));
    }

    /// Not load and store: that could undo what changed in between.
    fn update(&self, change: impl Fn(&mut Registry)) {
        self.known.rcu(|known| {
            let mut known = Registry::clone(known);
            change(&mut known);
            known
        });
    }
}

/// The first connection keeps its role table, admins, and domains.
pub(crate) async fn delete_rows(change: &mut Change<'_>, name: &str) -> Result<(), StoreError> {
    change.delete_connection(name).await?;
    change.delete_scim_access_of(name).await?;
    if name != CONNECTION {
        change.delete_role_table(name).await?;
        change.delete_admins_of(name).await?;
        change.delete_admin_tokens_of(name).await?;
        change.delete_domains_of(name).await?;
        change.delete_groups_of(name).await?;
        change.delete_connection_setups(name).await?;
        change.delete_provisioning_of(name).await?;
    }
    Ok(())
}

/// What was given to an org that is connected no longer counts for the next: whoever provisioned people
/// doesn't provision others', and programs of an organization's own admins don't read of others. Those of
/// the first connection belong to the app.
pub(crate) async fn end_access_of_former_org(
    change: &mut Change<'_>,
    before: Option<&str>,
    config: &ConnectionConfig,
) -> Result<(), StoreError> {
    match before {
        Some(before) if !same_org(before, &config.issuer) => {
            if config.name != CONNECTION {
                change.delete_admin_tokens_by(&config.name).await?;
            }
            change.delete_scim_access_of(&config.name).await
        }
        _ => Ok(()),
    }
}

/// The names of those that are verified.
fn counting(domains: &[Domain]) -> Vec<String> {
    let counting = domains.iter().filter(|domain| domain.verified_at.is_some());
    counting.map(|domain| domain.name.clone()).collect()
}

fn is_same(stored: Option<&ConnectionConfig>, in_use: Option<&Connection>) -> bool {
    match (stored, in_use) {
        (None, None) => true,
        (Some(stored), Some(in_use)) => stored.is_same_as(&in_use.config),
        (None, Some(_)) | (Some(_), None) => false,
    }
}
