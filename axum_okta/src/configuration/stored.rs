//! What there is, read at one moment.

use std::collections::HashMap;

use okta_types::{AdminSummary, Branding, RoleTable};

use crate::store::{ConnectionConfig, Domain, Store, StoreError};

/// All that a configuration is about, by the names of connections.
pub(super) struct Stored {
    pub(super) connections: HashMap<String, ConnectionConfig>,
    pub(super) tables: HashMap<String, RoleTable>,
    pub(super) domains: HashMap<String, Vec<Domain>>,
    pub(super) admins: HashMap<String, Vec<AdminSummary>>,
    pub(super) key_rotations: HashMap<String, u64>,
    /// By the keys of organizations.
    pub(super) brandings: HashMap<String, Branding>,
}

impl Stored {
    pub(super) async fn read(store: &Store) -> Result<Self, StoreError> {
        let connections = store.connections().await?;
        let connections = connections.into_iter();
        Ok(Self {
            connections: connections
                .map(|config| (config.name.clone(), config))
                .collect(),
            tables: store.role_tables().await?,
            domains: store.all_domains().await?,
            admins: store.all_admins().await?,
            key_rotations: store.key_rotations().await?,
            brandings: store.brandings().await?,
        })
    }
}
