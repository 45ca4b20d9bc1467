//! Sessions: what they contain, the one way to start one, the one way to end one, and who is signed
//! in.

mod cache;
mod content;
mod end;
mod id;
mod index;
mod start;
mod watch;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use okta_types::{Identity, Timestamp};
use time::OffsetDateTime;
use tokio::sync::Notify;
use tower_sessions::{
    Session,
    session::{Id, Record},
};

use cache::{Live, LiveSessions};
pub(crate) use content::{Content, Device, SignedIn};
use end::Ends;
pub(crate) use start::{NewSession, SessionCookie};
use watch::Watched;

use crate::{
    identity::roles::Roles,
    servers::Lease,
    store::{SessionIndex, SessionKey, SessionOwner, Store, StoreError, StoredSession, now},
    telemetry::{self, CacheCounters},
};

/// How long reading a session may take while other servers can't be heard.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) struct Sessions {
    store: Arc<Store>,
    roles: Arc<Roles>,
    /// How long what is in memory counts.
    lease: Arc<Lease>,
    live: LiveSessions,
    cache_counters: CacheCounters,
    ends: Mutex<Ends>,
    /// Told whenever an end is stored.
    end_stored: Notify,
    watched: Watched,
    /// When sessions were in use, as far as that is not stored yet.
    seen: Mutex<HashMap<SessionKey, Timestamp>>,
}

impl Sessions {
    pub(crate) fn new(store: Arc<Store>, roles: Arc<Roles>, lease: Arc<Lease>) -> Self {
        Self {
            store,
            roles,
            lease,
            live: LiveSessions::new(),
            cache_counters: CacheCounters::new(),
            ends: Mutex::default(),
            end_stored: Notify::new(),
            watched: Watched::default(),
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
        let known = self.live.get(&id);
        let known = known.filter(|live| self.counts(live) && self.roles.is_current(&live.table));
        self.cache_counters.count(known.is_some());
        let live = match known {
            Some(live) => Some(live),
            None if self.lease.is_valid() => self.read(id).await?,
            None => {
                let reading = tokio::time::timeout(PATIENCE, self.read(id)).await;
                reading.unwrap_or(Err(StoreError::Busy))?
            }
        };
        Ok(live
            .filter(|live| live.identity.expires_at > now() && is_in_use(&live.owner.connection_id))
            .map(|live| live.identity.clone()))
    }

    /// Reads who is signed in, and keeps it in memory. If only the roles are out of date, only those
    /// are read. A session that ends or changes meanwhile is read again.
    async fn read(&self, id: Id) -> Result<Option<Arc<Live>>, StoreError> {
        let key = SessionKey::of(&id);
        loop {
            let reading = self.live.begin_reading(&key);
            let read_at = Instant::now();
            let (mut identity, owner, read_at) = match self.live.get(&id) {
                Some(live) if self.counts(&live) => {
                    (live.identity.clone(), live.owner.clone(), live.read_at)
                }
                Some(_) | None => {
                    let content = self.content(&id).await?;
                    let Some(signed_in) = content.and_then(|content| content.signed_in) else {
                        return Ok(None);
                    };
                    self.note_seen(key.clone());
                    let owner = SessionOwner::from(&signed_in);
                    (signed_in.identity, owner, read_at)
                }
            };
            let table = self.roles.table();
            identity.roles = self.roles.of(&identity, &table).await?;
            let live = Arc::new(Live {
                key: key.clone(),
                owner,
                identity,
                table,
                read_at,
            });
            if self.live.keep(&reading, id, &live) {
                return Ok(Some(live));
            }
        }
    }

    fn counts(&self, live: &Live) -> bool {
        self.lease.covers(live.read_at)
    }

    /// Reads everything again when it is asked for next: something may have been missed.
    #[cfg(feature = "postgres")]
    pub(crate) fn forget_everything(&self) {
        self.live.forget_everything();
        self.forget_moves();
        self.watched.look_again();
    }

    /// Reads this session again when it is asked for next.
    #[cfg(feature = "postgres")]
    pub(crate) fn forget(&self, key: &SessionKey) {
        self.live.forget(key);
        self.watched.has_changed(key);
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
        let Some(id) = session.id() else {
            return Ok(());
        };
        let key = SessionKey::of(&id);
        if self.has_ended(&key) {
            return Ok(());
        }
        let mut change = self.store.concurrent_change().await?;
        let Some(found) = change.session(&key).await? else {
            return Ok(());
        };
        let mut record = record(id, &found)?;
        if self.record_has_ended(&record) {
            return Ok(());
        }
        let before = record.clone();
        let mut content = Content::of_record(&record)?;
        edit(&mut content);
        content.put_into_record(&mut record);
        change.update_session(&key, &stored(&record)).await?;
        if Content::differ_in_sign_in(&before, &record) {
            change.session_changed(&key);
        }
        change.commit().await?;
        self.live.forget(&key);
        content.put_into(session).await
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<SessionKey, Timestamp>> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
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
        let key = SessionKey::of(&record.id);
        if self.has_ended(&key) {
            return Ok(());
        }
        let mut change = self.store.concurrent_change().await?;
        let Some(found) = change.session(&key).await? else {
            return Ok(());
        };
        let found = self::record(record.id, &found)?;
        if self.record_has_ended(&found) {
            return Ok(());
        }
        let mut saved = record.clone();
        Content::keep_stored(&mut saved, found.clone());
        change.update_session(&key, &stored(&saved)).await?;
        if Content::differ_in_sign_in(&found, &saved) {
            change.session_changed(&key);
        }
        change.commit().await?;
        self.live.forget(&key);
        Ok(())
    }

    pub(crate) async fn load(&self, id: &Id) -> Result<Option<Record>, StoreError> {
        if !id::is_ours(&self.store, id) {
            return Ok(None);
        }
        let key = SessionKey::of(id);
        if self.has_ended(&key) {
            return Ok(None);
        }
        let since = Instant::now();
        let found = self.store.session(&key).await;
        telemetry::session_read(since.elapsed());
        let record = found?.map(|found| record(*id, &found)).transpose()?;
        Ok(record.filter(|record| !self.record_has_ended(record)))
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

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    pub(super) fn id_token(claims: &Value) -> String {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        format!("header.{payload}.signature")
    }

    pub(super) fn signed_in_as(subject: &str) -> SignedIn {
        let mut identity = Identity::new("https://dev-1.okta.com", subject);
        identity.signed_in_at = now();
        identity.expires_at = now().plus_seconds(60);
        SignedIn {
            identity,
            connection_id: "first".to_owned(),
            id_token: id_token(&json!({ "sid": "102" })),
            device: Device::default(),
            confirmations: 0,
        }
    }

    /// On a database of their own, which lasts as long as its folder.
    pub(super) async fn sessions() -> (Arc<Store>, Sessions, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("okta.db").display());
        let store = Arc::new(Store::open(&url, None).await.unwrap());
        let roles = Arc::new(Roles::load(store.clone(), None).await.unwrap());
        let lease = Arc::new(Lease::without_end());
        let sessions = Sessions::new(store.clone(), roles, lease);
        (store, sessions, directory)
    }
}
