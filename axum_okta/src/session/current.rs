//! Who is signed in with a session: from memory, or else from the database.

use std::{sync::Arc, time::Instant};

use okta_types::{Actor, AuditEvent, Identity, Timestamp};
use tower_sessions::session::Id;

use super::{
    Content, Due, EndCause, Sessions, Way,
    cache::Live,
    lifetime::{Seen, not_used_since},
};
use crate::{
    audit::entry,
    identity::admission::{NotAdmitted, admit},
    store::{SessionKey, SessionOwner, StoreError, now},
    telemetry::{self, Ended},
};

/// Somebody who is signed in.
pub(crate) struct Found {
    pub(crate) identity: Identity,
    /// Whether Okta is to be asked again about them, and how.
    pub(crate) due: Due,
    pub(crate) way: Way,
    /// Whether their browser is to ask, and whether it has asked in vain until the grace was over.
    pub(crate) asks_browser: bool,
    pub(crate) asked_in_vain: bool,
}

impl From<&Live> for Found {
    fn from(live: &Live) -> Self {
        let lifetimes = live.connection.lifetimes();
        Self {
            identity: live.identity.clone(),
            due: lifetimes.due(&live.knowledge),
            way: lifetimes.way(&live.knowledge),
            asks_browser: lifetimes.asks_browser(&live.knowledge),
            asked_in_vain: lifetimes.asked_browser_in_vain(&live.knowledge),
        }
    }
}

impl Sessions {
    /// Returns who is signed in with this session, with their current roles, and notes that they
    /// are using it.
    pub(crate) async fn use_now(self: &Arc<Self>, id: Id) -> Result<Option<Found>, StoreError> {
        let Some(live) = self.look(id).await? else {
            return Ok(None);
        };
        if live.seen.note() {
            self.seen().insert(live.key.clone(), live.seen.clone());
        }
        Ok(Some(Found::from(&*live)))
    }

    /// The same for what only waits, and is no use of the session.
    pub(crate) async fn find(self: &Arc<Self>, id: Id) -> Result<Option<Found>, StoreError> {
        Ok(self.look(id).await?.map(|live| Found::from(&*live)))
    }

    /// When the session ends, if nobody uses it again and Okta isn't asked about it.
    pub(super) async fn end_without_use(
        self: &Arc<Self>,
        id: Id,
    ) -> Result<Option<Timestamp>, StoreError> {
        let found = self.look(id).await?;
        Ok(found.and_then(|live| {
            let lifetimes = live.connection.lifetimes();
            let ends = [
                Some(live.identity.expires_at),
                lifetimes.idle_end(live.seen.at()),
                lifetimes.overdue_at(&live.knowledge),
            ];
            let end = ends.into_iter().flatten().min();
            end.filter(|end| *end > now())
        }))
    }

    async fn look(self: &Arc<Self>, id: Id) -> Result<Option<Arc<Live>>, StoreError> {
        let mut may_be_behind = true;
        loop {
            let kept = self.live.get(&id).filter(|live| self.counts(live));
            may_be_behind &= kept.is_some();
            let known = kept.filter(|live| self.connections.is_current(&live.connection));
            self.cache_counters.count(known.is_some());
            let live = match known {
                Some(live) => live,
                None => {
                    let Some(live) = self.in_time(self.read(id)).await? else {
                        return Ok(None);
                    };
                    live
                }
            };
            if live.identity.expires_at <= now() {
                return Ok(None);
            }
            if !live.connection.lifetimes().is_idle(live.seen.at()) {
                return Ok(Some(live));
            }
            if !may_be_behind {
                self.end_idle(id, &live).await?;
                return Ok(None);
            }
            // Another server may have seen it since.
            self.live.forget(&live.key);
        }
    }

    fn counts(&self, live: &Live) -> bool {
        self.lease.covers(live.read_at)
    }

    async fn end_idle(self: &Arc<Self>, id: Id, live: &Live) -> Result<(), StoreError> {
        let cause = not_used_since(live.seen.at());
        let actor = Actor::from(&live.identity);
        let entry = entry(AuditEvent::SessionEnded, actor, None, cause);
        let entry = entry.about(&live.identity.connection);
        self.end(id, EndCause::Idle, Some(entry)).await?;
        telemetry::ended(Ended::Idle, 1);
        Ok(())
    }

    /// What Okta said since, or an admin decided, excludes them.
    async fn end_not_admitted(
        self: &Arc<Self>,
        id: Id,
        live: &Live,
        reason: &NotAdmitted,
    ) -> Result<(), StoreError> {
        let actor = Actor::from(&live.identity);
        let entry = entry(AuditEvent::SessionEnded, actor, None, reason.to_string());
        let entry = entry.about(&live.identity.connection);
        self.end(id, EndCause::SignInPolicy, Some(entry)).await?;
        telemetry::ended(Ended::Policy, 1);
        Ok(())
    }

    /// Reads who is signed in, through a connection that is in use, and keeps it in memory. If only
    /// the connection has changed, only what follows from it is read. A session that ends or
    /// changes meanwhile is read again.
    async fn read(self: &Arc<Self>, id: Id) -> Result<Option<Arc<Live>>, StoreError> {
        let key = SessionKey::of(&id);
        loop {
            let reading = self.live.begin_reading(&key);
            let mut live = match self.live.get(&id).filter(|live| self.counts(live)) {
                Some(live) => {
                    let id = &live.owner.connection_id;
                    let Some(connection) = self.connections.with_id(id) else {
                        return Ok(None);
                    };
                    Live {
                        connection,
                        ..Live::clone(&live)
                    }
                }
                None => match self.read_stored(id, &key).await? {
                    Some(live) => live,
                    None => return Ok(None),
                },
            };
            let connection = live.connection.clone();
            if let Err(reason) = admit(&connection.config.sign_in_policy, &live.identity) {
                self.end_not_admitted(id, &live, &reason).await?;
                return Ok(None);
            }
            self.roles.complete(&mut live.identity, &connection).await?;
            let live = Arc::new(live);
            if self.live.keep(&reading, id, &live) {
                return Ok(Some(live));
            }
        }
    }

    async fn read_stored(&self, id: Id, key: &SessionKey) -> Result<Option<Live>, StoreError> {
        let read_at = Instant::now();
        let Some((record, last_seen)) = self.load_with_last_seen(&id).await? else {
            return Ok(None);
        };
        let Some(signed_in) = Content::of_record(&record)?.signed_in else {
            return Ok(None);
        };
        let connection = self.connections.with_id(&signed_in.connection_id);
        let Some(connection) = connection else {
            return Ok(None);
        };
        // A session of an earlier version may not be indexed yet.
        let last_seen = match last_seen {
            Timestamp(0) => signed_in.identity.signed_in_at,
            last_seen => last_seen,
        };
        Ok(Some(Live {
            key: key.clone(),
            owner: SessionOwner::from(&signed_in),
            knowledge: signed_in.knowledge(),
            seen: self.seen_by_all(key, last_seen),
            identity: signed_in.identity,
            connection,
            read_at,
        }))
    }

    /// What is stored, and what this server has not stored yet.
    fn seen_by_all(&self, key: &SessionKey, stored: Timestamp) -> Arc<Seen> {
        match self.seen().get(key) {
            Some(seen) => {
                seen.not_before(stored);
                seen.clone()
            }
            None => Arc::new(Seen::new(stored)),
        }
    }
}
