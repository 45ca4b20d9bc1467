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
    identity::{
        admission::{NotAdmitted, admit},
        provisioned,
    },
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

impl Found {
    fn at(now: Timestamp, live: &Live) -> Self {
        let (lifetimes, knowledge) = (live.connection.lifetimes(), &live.knowledge);
        Self {
            identity: live.identity.clone(),
            due: lifetimes.due(knowledge, now),
            way: lifetimes.way(knowledge),
            asks_browser: lifetimes.asks_browser(knowledge, now),
            asked_in_vain: lifetimes.asked_browser_in_vain(knowledge, now),
        }
    }
}

impl Sessions {
    /// Returns who is signed in with this session, if memory alone can tell and Okta need not be
    /// asked. `None` doesn't say that nobody is.
    pub(crate) fn use_at_once(&self, id: &Id) -> Option<Identity> {
        // One for all that is asked of it, because each reading of the clock costs.
        let at = Instant::now();
        // Otherwise the settings may be out of date, too.
        if !self.lease.is_valid(at) {
            return None;
        }
        let live = self.known(id, at)?;
        let now = now();
        let lifetimes = live.connection.lifetimes();
        if live.identity.expires_at <= now
            || lifetimes.is_idle(live.seen.at(), now)
            || lifetimes.due(&live.knowledge, now) != Due::Not
        {
            return None;
        }
        self.cache_counters.count(true);
        self.note_use(&live, now);
        Some(live.identity.clone())
    }

    /// Returns who is signed in with this session, with their current roles, and notes that they
    /// are using it.
    pub(crate) async fn use_now(self: &Arc<Self>, id: Id) -> Result<Option<Found>, StoreError> {
        let Some(live) = self.look(id).await? else {
            return Ok(None);
        };
        let now = now();
        self.note_use(&live, now);
        Ok(Some(Found::at(now, &live)))
    }

    fn note_use(&self, live: &Live, now: Timestamp) {
        if live.seen.note(now) {
            self.seen().insert(live.key.clone(), live.seen.clone());
        }
    }

    /// The same for what only waits, and is no use of the session.
    pub(crate) async fn find(self: &Arc<Self>, id: Id) -> Result<Option<Found>, StoreError> {
        Ok(self.look(id).await?.map(|live| Found::at(now(), &live)))
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
            let known = self.known(&id, Instant::now());
            self.cache_counters.count(known.is_some());
            let live = match known {
                Some(live) => live,
                None => {
                    may_be_behind &= self.kept(&id, Instant::now()).is_some();
                    let Some(live) = self.in_time(self.read(id)).await? else {
                        return Ok(None);
                    };
                    live
                }
            };
            let now = now();
            if live.identity.expires_at <= now {
                return Ok(None);
            }
            if !live.connection.lifetimes().is_idle(live.seen.at(), now) {
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

    /// In memory, through a connection that has not changed since.
    fn known(&self, id: &Id, at: Instant) -> Option<Arc<Live>> {
        let kept = self.kept(id, at);
        kept.filter(|live| self.connections.is_current(&live.connection))
    }

    /// In memory, through a connection that may have changed since.
    fn kept(&self, id: &Id, at: Instant) -> Option<Arc<Live>> {
        let kept = self.live.get(id, at);
        kept.filter(|live| self.lease.covers(live.read_at, at))
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
    /// the connection has changed, only what follows from it is read, unless Okta has pushed something
    /// about the person. A session that ends or changes meanwhile is read again.
    async fn read(self: &Arc<Self>, id: Id) -> Result<Option<Arc<Live>>, StoreError> {
        let key = SessionKey::of(&id);
        loop {
            let reading = self.live.begin_reading(&key);
            let kept = self.kept(&id, Instant::now());
            let mut live = match kept.filter(|live| !live.is_provisioned) {
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
            let policy = &connection.config.sign_in_policy;
            let pushed =
                provisioned::complete(&self.store, &mut live.identity, &connection).await?;
            let admitted = pushed.and_then(|pushed| {
                admit(policy, &live.identity)?;
                Ok(pushed)
            });
            let pushed = match admitted {
                Ok(pushed) => pushed,
                Err(reason) => {
                    self.end_not_admitted(id, &live, &reason).await?;
                    return Ok(None);
                }
            };
            live.is_provisioned = pushed.is_any;
            self.roles
                .complete(&mut live.identity, &connection, &pushed.roles)
                .await?;
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
            is_provisioned: false,
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

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::{
        connection::CONNECTION,
        servers::Lease,
        session::tests::{sessions, signed_in_as},
    };

    const ID: Id = Id(1);

    /// Puts Ada's session into memory, with this about it changed.
    fn keep(sessions: &Sessions, change: impl FnOnce(&mut Live)) {
        let signed_in = signed_in_as("ada");
        let mut live = Live {
            key: SessionKey::of(&ID),
            owner: SessionOwner::from(&signed_in),
            knowledge: signed_in.knowledge(),
            seen: Arc::new(Seen::new(now())),
            connection: sessions
                .connections
                .with_id(&signed_in.connection_id)
                .unwrap(),
            is_provisioned: false,
            identity: signed_in.identity,
            read_at: Instant::now(),
        };
        change(&mut live);
        let reading = sessions.live.begin_reading(&live.key);
        assert!(sessions.live.keep(&reading, ID, &Arc::new(live)));
    }

    fn is_known(sessions: &Sessions) -> bool {
        sessions.use_at_once(&ID).is_some()
    }

    #[tokio::test]
    async fn memory_answers_for_whoever_is_signed_in_and_for_nobody_else() {
        let (_store, sessions, _directory) = sessions().await;
        let is_known_with = |change: fn(&mut Live, Timestamp)| {
            keep(&sessions, |live| {
                change(live, now().plus_seconds(-2 * 3600))
            });
            is_known(&sessions)
        };
        assert!(is_known_with(|_, _| {}));
        assert!(!is_known_with(|live, then| live.identity.expires_at = then));
        assert!(!is_known_with(
            |live, then| live.seen = Arc::new(Seen::new(then))
        ));
        assert!(!is_known_with(|live, then| live.knowledge.checked_at = then));
        assert!(is_known_with(|_, _| {}));
        sessions.connections.find_anew(CONNECTION);
        assert!(!is_known(&sessions), "who is an admin has changed");
        assert!(is_known_with(|_, _| {}));
        sessions.end_in_memory(&SessionKey::of(&ID));
        assert!(!is_known(&sessions));
    }

    #[tokio::test]
    async fn memory_does_not_answer_while_other_servers_cannot_be_heard() {
        let (store, hearing, _directory) = sessions().await;
        let (revocations, _) = mpsc::channel(1);
        let deaf = Sessions::new(
            store,
            hearing.connections.clone(),
            hearing.roles.clone(),
            Arc::new(Lease::ended()),
            None,
            revocations,
        );
        for sessions in [&deaf, &hearing] {
            keep(sessions, |_| {});
        }
        assert!(is_known(&hearing) && !is_known(&deaf));
    }
}
