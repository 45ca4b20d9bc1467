//! The connections as they are at one moment, by what they are looked up by.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use okta_types::RoleTable;
use quick_cache::DefaultHashBuilder;

use super::{Connection, issuer::without_slash};

pub(super) type ByText<T> = HashMap<Arc<str>, T>;

pub(super) fn in_order(mut connections: Vec<Arc<Connection>>) -> Vec<Arc<Connection>> {
    connections.sort_by(|one, other| {
        let order = |connection: &Connection| connection.config.standing.place;
        let by_name = || one.config.name.cmp(&other.config.name);
        order(one).cmp(&order(other)).then_with(by_name)
    });
    connections
}

/// Every change makes another one. To copy it costs little: texts and connections are shared.
#[derive(Clone, Default)]
pub(super) struct Registry {
    /// All of them.
    pub(super) by_name: ByText<Arc<Connection>>,
    /// Those in use. Every request looks one up. Nobody outside chooses ids, so their hash need not
    /// withstand whoever would.
    pub(super) by_id: HashMap<Arc<str>, Arc<Connection>, DefaultHashBuilder>,
    /// Those in use, also by their org, and without a slash at the end.
    pub(super) by_issuer: ByText<Vec<Arc<Connection>>>,
    /// Those in use.
    pub(super) by_organization: ByText<Vec<Arc<Connection>>>,
    /// The names of connections, by the domains that are verified.
    pub(super) by_domain: ByText<Arc<str>>,
    pub(super) tables: ByText<Arc<RoleTable>>,
    /// The names of those for which provisioning was ever turned on.
    pub(super) provisioned: HashSet<Arc<str>>,
}

impl Registry {
    pub(super) fn put(&mut self, mut connection: Connection) {
        let name: Arc<str> = connection.config.name.as_str().into();
        self.remove(&name);
        connection.roles = self.tables.get(&name).cloned().unwrap_or_default();
        connection.is_provisioned = self.provisioned.contains(&name);
        let connection = Arc::new(connection);
        if connection.config.standing.enabled {
            let id = connection.config.id.as_str().into();
            self.by_id.insert(id, connection.clone());
            for issuer in issuers(&connection) {
                add(&mut self.by_issuer, issuer, &connection);
            }
            let organization = connection.organization();
            add(&mut self.by_organization, organization, &connection);
        }
        self.by_name.insert(name, connection);
    }

    pub(super) fn remove(&mut self, name: &str) {
        let Some(removed) = self.by_name.remove(name) else {
            return;
        };
        self.by_id.remove(&*removed.config.id);
        for issuer in issuers(&removed) {
            take(&mut self.by_issuer, issuer, &removed);
        }
        let organization = removed.organization();
        take(&mut self.by_organization, organization, &removed);
    }

    /// These are the connection's domains that count, and no others.
    pub(super) fn put_domains(&mut self, name: &str, domains: &[String]) {
        self.by_domain.retain(|_, connection| **connection != *name);
        let name: Arc<str> = name.into();
        for domain in domains {
            self.by_domain.insert(domain.as_str().into(), name.clone());
        }
    }

    /// What Okta pushes is looked up with each session of this connection from now on.
    pub(super) fn put_provisioned(&mut self, name: &str) {
        if self.provisioned.insert(name.into())
            && let Some(connection) = self.by_name.get(name)
        {
            self.put(Connection::clone(connection));
        }
    }

    pub(super) fn put_table(&mut self, name: &str, table: Arc<RoleTable>) {
        self.tables.insert(name.into(), table);
        if let Some(connection) = self.by_name.get(name) {
            self.put(Connection::clone(connection));
        }
    }
}

fn add(connections: &mut ByText<Vec<Arc<Connection>>>, key: &str, connection: &Arc<Connection>) {
    let same = connections.entry(key.into()).or_default();
    same.push(connection.clone());
}

fn take(connections: &mut ByText<Vec<Arc<Connection>>>, key: &str, connection: &Arc<Connection>) {
    if let Some(same) = connections.get_mut(key) {
        same.retain(|other| !Arc::ptr_eq(other, connection));
        if same.is_empty() {
            connections.remove(key);
        }
    }
}

/// The issuer as it was configured, and its org. Discovery may add a slash to it or take one away.
fn issuers(connection: &Connection) -> impl Iterator<Item = &str> {
    let org = connection.org.as_ref().map(|org| org.issuer());
    let issuers = [Some(connection.config.issuer.as_str()), org];
    issuers.into_iter().flatten().map(without_slash)
}
