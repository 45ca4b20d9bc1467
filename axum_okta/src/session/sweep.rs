//! Sessions that are over are deleted, and the audit trail says why they ended.

use okta_types::{Actor, AuditEntry, AuditEvent, Timestamp};

use super::{
    Content, EndCause, Lifetimes, Sessions, SignedIn, after_end::Remains, lifetime::not_used_since,
};
use crate::{
    audit::{Entries, entry},
    connection::Connections,
    store::{Change, SessionKey, StoreError, StoredSession},
    telemetry::{self, Ended},
};

/// In one change, so that nobody waits for it.
const SWEPT_AT_ONCE: usize = 200;

/// By one query.
const LOOKED_AT_ONCE: i64 = 1000;

impl Sessions {
    /// Deletes sessions that have expired, and those that nobody has used for as long as their
    /// connection allows.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        while self.sweep_some_expired().await? {}
        #[cfg(feature = "redis")]
        while self.sweep_some_from_elsewhere().await? {}
        self.sweep_unused().await
    }

    /// Looks at every session that is old enough, because an index of when each was in use would
    /// have to be written whenever one is. It does so beside all changes, a part at a time: with a
    /// million sessions, it takes seconds.
    async fn sweep_unused(&self) -> Result<(), StoreError> {
        let connections = self.connections.in_use();
        let idle_since = connections
            .iter()
            .filter_map(|it| it.lifetimes().idle_since());
        let Some(old_enough) = idle_since.max() else {
            return Ok(());
        };
        let mut place = None;
        loop {
            let looked_at = self
                .store
                .sessions_after(place.as_ref(), old_enough, LOOKED_AT_ONCE);
            let looked_at = looked_at.await?;
            let Some(last) = looked_at.last() else {
                return Ok(());
            };
            place = Some(last.place());
            let unused = looked_at.iter().filter_map(|session| {
                let idle_since = self
                    .connections
                    .lifetimes(&session.connection_id)?
                    .idle_since()?;
                (session.last_seen <= idle_since).then_some((&session.key, idle_since))
            });
            let unused: Vec<_> = unused.collect();
            for unused in unused.chunks(SWEPT_AT_ONCE) {
                self.sweep_these(unused).await?;
            }
        }
    }

    /// Unless somebody has used them meanwhile.
    async fn sweep_these(&self, unused: &[(&SessionKey, Timestamp)]) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        let mut over = Vec::new();
        for &(key, since) in unused {
            if let Some(session) = change.unused_session(key, since).await? {
                change.take_session(key).await?;
                over.push((key.clone(), session.ok()));
            }
        }
        self.record_ends(change, over).await?;
        Ok(())
    }

    /// Returns whether there may be more.
    async fn sweep_some_expired(&self) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let over = change.expired_sessions(SWEPT_AT_ONCE as i64).await?;
        for (key, _) in &over {
            change.take_session(key).await?;
        }
        let over = over
            .into_iter()
            .map(|(key, session)| (key, session.ok()))
            .collect();
        self.record_ends(change, over).await
    }

    /// Those that are not in the database end there by themselves. The first server that comes by
    /// notes it.
    #[cfg(feature = "redis")]
    async fn sweep_some_from_elsewhere(&self) -> Result<bool, StoreError> {
        // First, because whoever tries again doesn't find them.
        let change = self.store.change().await?;
        let over = self
            .store
            .take_expired_elsewhere(SWEPT_AT_ONCE as i64)
            .await?;
        if over.is_empty() {
            return Ok(false);
        }
        self.record_ends(change, over).await
    }

    /// Writes into the audit trail why they ended. Returns whether there were any.
    async fn record_ends(
        &self,
        mut change: Change<'_>,
        over: Vec<(SessionKey, Option<StoredSession>)>,
    ) -> Result<bool, StoreError> {
        let mut entries = Entries::default();
        let mut told = Vec::new();
        for (key, session) in over {
            // One that can't be read is nobody's.
            let over = session.and_then(|session| Over::of(session, &self.connections));
            if let Some(over) = &over {
                entries.put(&mut change, over.entry()).await?;
            }
            told.push((key, over));
        }
        change.commit().await?;
        entries.trace();
        let are_some = !told.is_empty();
        for (key, over) in told {
            self.end_in_memory(&key);
            self.was_over(&key, over);
        }
        Ok(are_some)
    }

    fn was_over(&self, key: &SessionKey, over: Option<Over>) {
        let cause = over.as_ref().map(|over| over.cause);
        let counted = match cause {
            Some(EndCause::Idle) => Ended::Idle,
            _ => Ended::Expired,
        };
        telemetry::ended(counted, 1);
        if let Some(over) = over {
            let remains = Remains::of_signed_in(key, over.signed_in);
            self.after_end([remains], over.cause);
        }
    }
}

/// A session that somebody was signed in with.
struct Over {
    signed_in: SignedIn,
    cause: EndCause,
    /// For the audit trail.
    detail: String,
}

impl Over {
    fn of(session: StoredSession, connections: &Connections) -> Option<Self> {
        let data = serde_json::from_str(&session.content).ok()?;
        let content = Content::of_data_that_may_have_ended(&data).ok()?;
        let signed_in = content.signed_in?;
        let (cause, detail) = match connections.lifetimes(&signed_in.connection_id) {
            None => {
                let detail = "The connection it came through was replaced or disconnected before";
                (EndCause::Disconnected, detail.to_owned())
            }
            Some(lifetimes) if was_idle(&session, lifetimes) => {
                (EndCause::Idle, not_used_since(session.last_seen))
            }
            Some(_) => {
                let detail = format!("Its time was over at {}", session.expires_at);
                (EndCause::Expired, detail)
            }
        };
        Some(Self {
            signed_in,
            cause,
            detail,
        })
    }

    fn entry(&self) -> AuditEntry {
        let (event, actor) = (
            AuditEvent::SessionEnded,
            Actor::from(&self.signed_in.identity),
        );
        let address = self.signed_in.device.address;
        let entry = entry(event, actor, address, self.detail.clone());
        entry.about(&self.signed_in.identity.connection)
    }
}

/// Whether nobody used it any more before its time was over.
fn was_idle(session: &StoredSession, lifetimes: Lifetimes) -> bool {
    let idle_end = lifetimes.idle_end(session.last_seen);
    idle_end.is_some_and(|idle_end| idle_end < session.expires_at)
}
