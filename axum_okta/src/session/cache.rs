//! The identities of live sessions in memory, so that a guarded request costs no query.

use std::{sync::Arc, time::Duration};

use moka::{Entry, ops::compute::Op, sync::Cache};
use okta_types::{Identity, RoleTable};
use tower_sessions::session::Id;

/// An identity with a few groups takes about a kilobyte; one with ten thousand takes a few hundred.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);
/// The overhead beside an identity.
const OVERHEAD: usize = 512;

/// Somebody with a live session, and the roles that a table gave them.
pub(super) struct Live {
    pub(super) identity: Identity,
    pub(super) connection_id: String,
    pub(super) table: Arc<RoleTable>,
    /// Approximately, in bytes.
    size: u32,
}

impl Live {
    pub(super) fn new(
        identity: Identity,
        connection_id: String,
        table: Arc<RoleTable>,
    ) -> Arc<Self> {
        // About as long in JSON as in memory.
        let json = serde_json::to_vec(&identity).map_or(0, |json| json.len());
        let names = identity.groups.as_ref().map_or(0, Vec::len) * size_of::<String>();
        Arc::new(Self {
            identity,
            connection_id,
            table,
            size: u32::try_from(json + names + OVERHEAD).unwrap_or(u32::MAX),
        })
    }
}

#[derive(Clone)]
pub(super) enum Cached {
    Live(Arc<Live>),
    /// Kept so that a request that read the database just before can't bring the session back.
    Ended,
}

pub(super) struct LiveSessions(Cache<Id, Cached>);

impl LiveSessions {
    pub(super) fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(|_, cached: &Cached| match cached {
                    Cached::Live(live) => live.size,
                    Cached::Ended => OVERHEAD as u32,
                })
                .time_to_live(KEPT_FOR)
                .build(),
        )
    }

    pub(super) fn get(&self, id: &Id) -> Option<Cached> {
        self.0.get(id)
    }

    /// Caches the identity, unless the session has ended in the meantime.
    pub(super) fn keep(&self, id: Id, live: Arc<Live>) -> Option<Arc<Live>> {
        let kept = self
            .0
            .entry(id)
            .and_upsert_with(|kept| match kept.map(Entry::into_value) {
                Some(Cached::Ended) => Cached::Ended,
                Some(Cached::Live(_)) | None => Cached::Live(live),
            });
        match kept.into_value() {
            Cached::Live(live) => Some(live),
            Cached::Ended => None,
        }
    }

    pub(super) fn end(&self, id: Id) {
        self.0.insert(id, Cached::Ended);
    }

    /// For a session whose content has changed: it is read again.
    pub(super) fn forget(&self, id: &Id) {
        self.0
            .entry(*id)
            .and_compute_with(|kept| match kept.map(Entry::into_value) {
                Some(Cached::Live(_)) => Op::Remove,
                Some(Cached::Ended) | None => Op::Nop,
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_weighs_what_it_holds() {
        let weight = |change: fn(&mut Identity)| {
            let mut identity = Identity::new("https://dev-1.okta.com", "00u1");
            change(&mut identity);
            Live::new(identity, "id".to_owned(), Arc::default()).size
        };
        let bare = weight(|_| {});
        let megabyte = 1024 * 1024;
        assert!(
            weight(|identity| {
                let text = "x".repeat(1024 * 1024);
                identity.claims.insert("about".to_owned(), text.into());
            }) > bare + megabyte
        );
        assert!(
            weight(|identity| identity.groups = Some(vec!["group".to_owned(); 100_000]))
                > bare + megabyte
        );
        assert!(
            weight(|identity| identity.name = Some("x".repeat(2 * 1024 * 1024))) > bare + megabyte
        );
    }
}
