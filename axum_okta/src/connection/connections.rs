//! All connections, each found by its name, its id, its issuer, its organization, or a domain,
//! without a lock.

use std::sync::Arc;

use arc_swap::ArcSwap;
use okta_types::RoleTable;
use openidconnect::RedirectUrl;
use url::Url;

use super::{
    CONNECTION, Connection, ConnectionChanged,
    changed::Changes,
    client_keys::ClientKeys,
    issuer,
    issuer::without_slash,
    oidc::{Provider, RelyingParty},
    registry::{Registry, in_order},
    with_lasting_id,
};
use crate::{
    hook::Told,
    outbound::HttpClient,
    random_token,
    session::Lifetimes,
    store::{ConnectionConfig, Store, StoreError, now},
};

/// The connections of this app, and what may become one.
pub(crate) struct Connections {
    pub(super) store: Arc<Store>,
    http: HttpClient,
    keys: Arc<ClientKeys>,
    /// The redirect URI of the first connection. The others' are below it.
    callback: Url,
    pub(super) known: ArcSwap<Registry>,
    pub(super) changes: Changes,
}

impl Connections {
    /// Loads the stored connections. The operator's, if there is one, takes the place of the first.
    pub(crate) async fn load(
        store: Arc<Store>,
        http: HttpClient,
        callback: Url,
        managed: Option<ConnectionConfig>,
        on_changed: Option<Told<ConnectionChanged>>,
    ) -> Result<Self, StoreError> {
        let connections = Self {
            keys: Arc::new(ClientKeys::new(store.clone())),
            store,
            http,
            callback,
            known: ArcSwap::default(),
            changes: Changes::told(on_changed),
        };
        if let Some(config) = managed {
            let provider = connections.provider_like(&config.issuer);
            let managed = connections.make(with_lasting_id(config), true, provider);
            connections.put(managed);
        }
        connections.read_all_again().await?;
        Ok(connections)
    }

    /// The connection of this name, which may be disabled.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Connection>> {
        self.known.load().by_name.get(name).cloned()
    }

    /// The one that admins of the whole app sign in through.
    pub(crate) fn first(&self) -> Option<Arc<Connection>> {
        self.named(CONNECTION)
    }

    /// Returns the connection in use with this id.
    pub(crate) fn with_id(&self, id: &str) -> Option<Arc<Connection>> {
        self.known.load().by_id.get(id).cloned()
    }

    pub(crate) fn is_in_use(&self, id: &str) -> bool {
        self.known.load().by_id.contains_key(id)
    }

    /// Whether nothing about this connection has changed, so that what was made of it still
    /// counts. For every request: one look-up, and no lock.
    pub(crate) fn is_current(&self, connection: &Arc<Connection>) -> bool {
        let known = self.known.load();
        let current = known.by_id.get(&*connection.config.id);
        current.is_some_and(|current| Arc::ptr_eq(current, connection))
    }

    /// How long sessions last that came through this connection, if it is in use.
    pub(crate) fn lifetimes(&self, id: &str) -> Option<Lifetimes> {
        let known = self.known.load();
        Some(known.by_id.get(id)?.lifetimes())
    }

    /// The connections in use, as admins have ordered them.
    pub(crate) fn in_use(&self) -> Vec<Arc<Connection>> {
        in_order(self.known.load().by_id.values().cloned().collect())
    }

    /// The same, with those that are disabled.
    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        in_order(self.known.load().by_name.values().cloned().collect())
    }

    /// The one in use, if there are no others.
    pub(crate) fn only(&self) -> Option<Arc<Connection>> {
        let known = self.known.load();
        let mut in_use = known.by_id.values();
        in_use.next().filter(|_| known.by_id.len() == 1).cloned()
    }

    pub(crate) fn are_none_in_use(&self) -> bool {
        self.known.load().by_id.is_empty()
    }

    /// The connections in use with this issuer, or whose org it is.
    pub(crate) fn signed_by(&self, issuer: &str) -> Vec<Arc<Connection>> {
        let known = self.known.load();
        let found = known.by_issuer.get(without_slash(issuer)).cloned();
        in_order(found.unwrap_or_default())
    }

    /// The connections in use of this organization, as admins have ordered them.
    pub(crate) fn of_organization(&self, organization: &str) -> Vec<Arc<Connection>> {
        let known = self.known.load();
        let found = known.by_organization.get(organization).cloned();
        in_order(found.unwrap_or_default())
    }

    /// The names of this organization's connections, also of those that are disabled, in their order.
    pub(crate) fn names_of(&self, organization: &str) -> Vec<String> {
        let known = self.known.load();
        let of_it = known.by_name.values();
        let of_it = of_it.filter(|connection| connection.organization() == organization);
        let mut names: Vec<_> = of_it.map(|found| found.config.name.clone()).collect();
        names.sort();
        names
    }

    /// The connection in use that people with addresses of this domain sign in through.
    pub(crate) fn of_domain(&self, domain: &str) -> Option<Arc<Connection>> {
        let known = self.known.load();
        let connection = known.by_name.get(known.by_domain.get(domain)?)?;
        connection
            .config
            .standing
            .enabled
            .then(|| connection.clone())
    }

    /// Whether any domain leads to a connection.
    pub(crate) fn have_domains(&self) -> bool {
        !self.known.load().by_domain.is_empty()
    }

    /// The role table of a connection, which it may have before it is connected.
    pub(crate) fn role_table(&self, name: &str) -> Arc<RoleTable> {
        let known = self.known.load();
        known.tables.get(name).cloned().unwrap_or_default()
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    pub(crate) fn keys(&self) -> &ClientKeys {
        &self.keys
    }

    /// Whether the operator sets this connection, so that it can't be changed in the browser.
    pub(crate) fn is_managed(&self, name: &str) -> bool {
        self.named(name)
            .is_some_and(|connection| connection.managed)
    }

    /// A connection that is not in use yet. Nothing is cached for its provider, even if the one in
    /// use has it.
    pub(crate) fn candidate(&self, config: ConnectionConfig) -> Connection {
        let provider = self.provider_like(&config.issuer);
        self.make(config, false, provider)
    }

    /// The same connection, with nothing cached but its provider's name.
    pub(crate) fn afresh(&self, connection: &Connection) -> Connection {
        let config = ConnectionConfig::clone(&connection.config);
        let provider = connection.relying_party.provider.afresh();
        self.make(config, connection.managed, provider)
    }

    /// The candidate, under the issuer name that discovery returned. With a different name it is a
    /// different connection: people are identified by issuer and subject.
    pub(crate) fn as_discovered(&self, candidate: Connection) -> Connection {
        if candidate.issuer() == candidate.config.issuer {
            return candidate;
        }
        let mut config = ConnectionConfig::clone(&candidate.config);
        config.issuer = candidate.issuer().to_owned();
        config.id = random_token();
        config.connected_at = now();
        self.kept(config)
    }

    /// A connection whose issuer's exact name is known.
    pub(crate) fn kept(&self, config: ConnectionConfig) -> Connection {
        let provider = Provider::new(config.issuer.clone(), self.http.clone());
        self.make(config, false, provider)
    }

    fn provider_like(&self, typed: &str) -> Provider {
        Provider::with_or_without_slash(typed.to_owned(), self.http.clone())
    }

    fn make(&self, config: ConnectionConfig, managed: bool, provider: Provider) -> Connection {
        let config = Arc::new(config);
        let org = issuer::org_of(&config.issuer);
        let org = org.map(|org| Arc::new(Provider::new(org, self.http.clone())));
        Connection {
            managed,
            org,
            relying_party: Arc::new(RelyingParty {
                redirect_uri: self.redirect_uri(&config.name),
                provider: Arc::new(provider),
                keys: self.keys.clone(),
                config: config.clone(),
            }),
            config,
            roles: Arc::default(),
            is_provisioned: false,
        }
    }

    fn redirect_uri(&self, name: &str) -> RedirectUrl {
        let mut uri = self.callback.clone();
        if name != CONNECTION {
            uri.set_path(&format!("{}/{name}", uri.path()));
        }
        RedirectUrl::from_url(uri)
    }
}
