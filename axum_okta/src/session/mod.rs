//! Sessions: what they contain, the one way to start one, the one way to end one, and who is signed
//! in.

mod cache;
mod content;
mod id;
mod index;
mod start;

use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use okta_types::{AuditEntry, Identity, Timestamp};
use time::OffsetDateTime;
use tokio::sync::{Notify, oneshot};
use tower_sessions::{
    Session,
    session::{Id, Record},
};

use cache::{Cached, Live, LiveSessions};
pub(crate) use content::{Content, Device, SignedIn};
pub(crate) use start::{NewSession, SessionCookie};

use crate::{
    audit::Entries,
    causes::with_causes,
    identity::roles::Roles,
    store::{SessionIndex, SessionKey, Store, StoreError, StoredSession, now},
    telemetry::{self, CacheCounters, Ended},
};

/// How often to retry storing an end.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

pub(crate) struct Sessions {
    store: Arc<Store>,
    roles: Arc<Roles>,
    live: LiveSessions,
    cache_counters: CacheCounters,
    ends: Mutex<Ends>,
    /// Told whenever the end of a session is stored.
    end_stored: Notify,
    /// When sessions were in use, as far as that is not stored yet.
    seen: Mutex<HashMap<SessionKey, Timestamp>>,
}

#[derive(Default)]
struct Ends {
    /// Ended, but still in the database because the write failed.
    unfinished: HashMap<Id, End>,
    /// Ended by a request that may continue it under a new id, unless somebody else ends it.
    moving: HashMap<Id, Record>,
}

struct End {
    entry: Option<AuditEntry>,
    moves: bool,
}

impl Sessions {
    pub(crate) fn new(store: Arc<Store>, roles: Arc<Roles>) -> Self {
        Self {
            store,
            roles,
            live: LiveSessions::new(),
            cache_counters: CacheCounters::new(),
            ends: Mutex::default(),
            end_stored: Notify::new(),
            seen: Mutex::default(),
        }
    }

    /// Returns who is signed in with this session through this connection, with their current
    /// roles: from memory, or else from the database.
    pub(crate) async fn identity(
        &self,
        id: Id,
        is_in_use: impl Fn(&str) -> bool,
    ) -> Result<Option<Identity>, StoreError> {
        let cached = self.live.get(&id);
        self.cache_counters.count(cached.is_some());
        let live = match cached {
            Some(Cached::Ended) => return Ok(None),
            Some(Cached::Live(live)) if self.roles.is_current(&live.table) => Some(live),
            Some(Cached::Live(live)) => {
                let (identity, connection_id) = (live.identity.clone(), live.connection_id.clone());
                self.with_roles(id, identity, connection_id).await?
            }
            None => match self
                .content(&id)
                .await?
                .and_then(|content| content.signed_in)
            {
                Some(SignedIn {
                    identity,
                    connection_id,
                    ..
                }) => {
                    self.note_seen(SessionKey::of(&id));
                    self.with_roles(id, identity, connection_id).await?
                }
                None => None,
            },
        };
        Ok(live
            .filter(|live| live.identity.expires_at > now() && is_in_use(&live.connection_id))
            .map(|live| live.identity.clone()))
    }

    async fn with_roles(
        &self,
        id: Id,
        mut identity: Identity,
        connection_id: String,
    ) -> Result<Option<Arc<Live>>, StoreError> {
        let table = self.roles.table();
        identity.roles = self.roles.of(&identity, &table).await?;
        let live = self
            .live
            .keep(id, Live::new(identity, connection_id, table));
        // It may have ended during the query. Checked here, where there was a query, and not on
        // every request.
        if self.has_ended(&id) {
            self.live.end(id);
            return Ok(None);
        }
        Ok(live)
    }

    /// The stored content, whatever a request in progress has read before.
    pub(crate) async fn content(&self, id: &Id) -> Result<Option<Content>, StoreError> {
        let record = self.load(id).await?;
        record.as_ref().map(Content::of_record).transpose()
    }

    /// Changes our part of the session, whatever a request in progress has read before. A session
    /// that has ended is left alone.
    pub(crate) async fn change_content(
        &self,
        session: &Session,
        edit: impl FnOnce(&mut Content),
    ) -> Result<(), StoreError> {
        let Some(id) = session.id().filter(|id| !self.has_ended(id)) else {
            return Ok(());
        };
        let key = SessionKey::of(&id);
        let mut change = self.store.concurrent_change().await?;
        let Some(found) = change.session(&key).await? else {
            return Ok(());
        };
        let mut record = record(id, &found)?;
        let mut content = Content::of_record(&record)?;
        edit(&mut content);
        content.put_into_record(&mut record);
        change.update_session(&key, &stored(&record)).await?;
        change.commit().await?;
        self.live.forget(&id);
        content.put_into(session).await
    }

    /// Ends the session for good: in memory at once, then in the database together with its audit
    /// entry. If the write fails, it is retried until it succeeds. An unknown id costs nothing.
    pub(crate) async fn end(
        self: &Arc<Self>,
        id: Id,
        entry: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        let moves = false;
        self.end_by(id, End { entry, moves }).await
    }

    async fn end_by(self: &Arc<Self>, id: Id, end: End) -> Result<(), StoreError> {
        if !id::is_ours(&self.store, &id) {
            return Ok(());
        }
        self.end_in_memory(id);
        match self.ends().unfinished.entry(id) {
            hash_map::Entry::Occupied(mut under_way) => {
                let under_way = under_way.get_mut();
                under_way.moves = false;
                under_way.entry = under_way.entry.take().or(end.entry);
                return Ok(());
            }
            hash_map::Entry::Vacant(none) => none.insert(end),
        };
        let (tell, told) = oneshot::channel();
        // Continues even if the browser disconnects.
        tokio::spawn(self.clone().end_until_stored(id, tell));
        told.await.unwrap_or(Err(StoreError::Busy))
    }

    async fn end_until_stored(
        self: Arc<Self>,
        id: Id,
        tell: oneshot::Sender<Result<(), StoreError>>,
    ) {
        let first = self.store_end(&id).await;
        let is_stored = first.is_ok();
        if tell.send(first).is_err() {
            // Nobody is waiting any more, so nobody continues the session.
            self.take_move(&id);
        }
        if is_stored {
            return;
        }
        loop {
            tokio::time::sleep(TRY_AGAIN_AFTER).await;
            match self.store_end(&id).await {
                Ok(()) => return,
                Err(error) => tracing::error!(
                    error = with_causes(&error),
                    "a session that has ended could not be deleted yet"
                ),
            }
        }
    }

    async fn store_end(&self, id: &Id) -> Result<(), StoreError> {
        let entry = self.unfinished_entry(id);
        let key = SessionKey::of(id);
        let mut entries = Entries::default();
        let mut change = self.store.concurrent_change().await?;
        // A session that can't be read ends, too.
        let found = change.session(&key).await.ok().flatten();
        change.delete_session(&key).await?;
        if let Some(entry) = entry
            && let Err(error) = entries.put(&mut change, entry).await
        {
            // The end matters more than its entry.
            tracing::error!(
                error = with_causes(&error),
                "a session has ended, and the audit trail could not be written"
            );
            drop(change);
            change = self.store.concurrent_change().await?;
            change.delete_session(&key).await?;
        }
        change.commit().await?;
        self.finish_end(*id, found.and_then(|found| record(*id, &found).ok()));
        entries.trace();
        Ok(())
    }

    /// Waits until the end of every session that has ended is stored.
    pub(crate) async fn ends_are_stored(&self) {
        loop {
            let stored = self.end_stored.notified();
            if self.unstored_ends() == 0 {
                return;
            }
            stored.await;
        }
    }

    /// How many sessions have ended, and are still in the database.
    pub(crate) fn unstored_ends(&self) -> usize {
        self.ends().unfinished.len()
    }

    fn unfinished_entry(&self, id: &Id) -> Option<AuditEntry> {
        self.ends().unfinished.get(id)?.entry.clone()
    }

    fn finish_end(&self, id: Id, ended: Option<Record>) {
        let mut ends = self.ends();
        let moves = ends.unfinished.remove(&id).is_some_and(|end| end.moves);
        self.end_stored.notify_waiters();
        if let Some(ended) = ended.filter(|_| moves) {
            ends.moving.insert(id, ended);
        }
    }

    fn end_in_memory(&self, id: Id) {
        self.live.end(id);
        self.take_move(&id);
    }

    /// Takes a session that may continue under a new id, unless somebody else has ended it. Nobody
    /// else can from now on.
    pub(crate) fn take_move(&self, id: &Id) -> Option<Record> {
        self.ends().moving.remove(id)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<SessionKey, Timestamp>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The operations of tower-sessions' store.
impl Sessions {
    /// A session that gains a right gets a new id, so a planted id never has one. Rights are copied
    /// from the previous session, unless somebody else has ended it.
    pub(crate) async fn create(
        &self,
        record: &mut Record,
        former: Option<Id>,
    ) -> Result<(), StoreError> {
        let mut change = self.store.concurrent_change().await?;
        match former.and_then(|former| self.take_move(&former)) {
            Some(moved) => Content::keep_stored(record, moved),
            None => Content::take_rights(record)?,
        }
        loop {
            record.id = id::new(&self.store);
            let index = SessionIndex::of(&record.data);
            let inserted = change
                .insert_session(&SessionKey::of(&record.id), &stored(record), Some(&index))
                .await?;
            if inserted {
                return change.commit().await;
            }
        }
    }

    /// tower-sessions reads a session when a request begins, and writes all of it when the request
    /// ends. A session that ended in between stays ended, and what we changed in between stays
    /// changed.
    pub(crate) async fn save(&self, record: &Record) -> Result<(), StoreError> {
        if self.has_ended(&record.id) {
            return Ok(());
        }
        let key = SessionKey::of(&record.id);
        let mut change = self.store.concurrent_change().await?;
        let Some(found) = change.session(&key).await? else {
            return Ok(());
        };
        let mut saved = record.clone();
        Content::keep_stored(&mut saved, self::record(record.id, &found)?);
        change.update_session(&key, &stored(&saved)).await?;
        change.commit().await?;
        self.live.forget(&record.id);
        Ok(())
    }

    pub(crate) async fn load(&self, id: &Id) -> Result<Option<Record>, StoreError> {
        if self.has_ended(id) || !id::is_ours(&self.store, id) {
            return Ok(None);
        }
        let since = Instant::now();
        let found = self.store.session(&SessionKey::of(id)).await;
        telemetry::session_read(since.elapsed());
        found?.map(|found| record(*id, &found)).transpose()
    }

    /// The app can end sessions, too, with `Session::flush`, `delete` or `cycle_id`. With
    /// `cycle_id`, the session continues under the id that is [created](Self::create) next.
    pub(crate) async fn delete(self: &Arc<Self>, id: &Id) -> Result<(), StoreError> {
        telemetry::ended(Ended::App, 1);
        let (entry, moves) = (None, true);
        self.end_by(*id, End { entry, moves }).await
    }

    fn has_ended(&self, id: &Id) -> bool {
        matches!(self.live.get(id), Some(Cached::Ended)) || self.ends().unfinished.contains_key(id)
    }
}

fn record(id: Id, stored: &StoredSession) -> Result<Record, StoreError> {
    let data = serde_json::from_str(&stored.content).map_err(|error| StoreError::Unreadable {
        what: "session",
        source: error.into(),
    })?;
    let Timestamp(expires_at) = stored.expires_at;
    Ok(Record {
        id,
        data,
        expiry_date: OffsetDateTime::from_unix_timestamp(expires_at)
            .unwrap_or_else(|_| OffsetDateTime::now_utc()),
    })
}

/// A session with one of our rights lasts as long as the right, whatever expiry the app's values
/// would give it.
fn stored(record: &Record) -> StoredSession {
    let by_content = Content::of_record(record)
        .ok()
        .and_then(|content| content.end());
    let expires_at = by_content.unwrap_or(Timestamp(record.expiry_date.unix_timestamp()));
    StoredSession {
        content: serde_json::json!(record.data).to_string(),
        expires_at,
    }
}
