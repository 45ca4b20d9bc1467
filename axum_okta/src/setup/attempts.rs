//! How often one address may try setup codes.

use std::{net::IpAddr, sync::Arc};

use crate::{
    http::limit::Limiter,
    store::{Store, StoreError},
};

pub(crate) struct Attempts {
    store: Arc<Store>,
    per_minute: u32,
    /// On this server, so that a flood costs no writes.
    here: Limiter<IpAddr>,
}

impl Attempts {
    pub(crate) fn per_minute(per_minute: u32, store: Arc<Store>) -> Self {
        let here = Limiter::per_minute(per_minute);
        Self {
            store,
            per_minute,
            here,
        }
    }

    /// Counts an attempt, and returns whether it is allowed on all servers together.
    pub(crate) async fn allow(&self, address: IpAddr) -> Result<bool, StoreError> {
        Ok(self.here.allows(&address)
            && self
                .store
                .allows_setup_attempt(address, self.per_minute)
                .await?)
    }
}
