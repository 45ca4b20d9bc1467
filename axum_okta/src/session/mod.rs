//! Sessions: what they contain, the one way to start one, the one way to end one, and who is signed
//! in.

mod after_end;
mod browser;
mod cache;
mod content;
mod current;
mod end;
mod ended;
mod id;
mod index;
mod lifetime;
mod list;
mod own;
mod start;
mod sweep;
mod watch;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use okta_types::Timestamp;
use time::OffsetDateTime;
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc},
};
use tower_sessions::{
    Session,
    session::{Id, Record},
};

pub(crate) use after_end::Revocation;
use cache::LiveSessions;
pub(crate) use content::{Content, Device, SessionTokens, SignedIn};
pub(crate) use current::Found;
use end::Ends;
pub(crate) use ended::EndedHook;
pub use ended::{EndCause, SessionEnded};
pub(crate) use lifetime::{Due, Knowledge, Lifetimes, STORE_SEEN_EVERY, Way};
use lifetime::{Seen, renew_at};
pub(crate) use own::mark_current;
pub use own::{OwnSessions, SessionsError};
pub(crate) use start::{NewSession, SessionCookie};
use watch::Watched;

use crate::{
    connection::Connections,
    identity::roles::Roles,
    servers::Lease,
    store::{Edit, SessionIndex, SessionKey, Store, StoreError, StoredSession, now},
    telemetry::{self, CacheCounters},
};

/// How long somebody waits for the database while other servers can't be heard: it may be that it
/// doesn't answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) struct Sessions {
    store: Arc<Store>,
    connections: Arc<Connections>,
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
    seen: Mutex<HashMap<SessionKey, Arc<Seen>>>,
    /// The app's code.
    on_ended: Option<EndedHook>,
    /// Refresh tokens that no session needs any more.
    revocations: mpsc::Sender<Revocation>,
    /// For what goes on when nobody waits for it.
    runtime: Handle,
}

impl Sessions {
    /// To be called in a runtime, in which what nobody waits for goes on.
    pub(crate) fn new(
        store: Arc<Store>,
        connections: Arc<Connections>,
        roles: Arc<Roles>,
        lease: Arc<Lease>,
        on_ended: Option<EndedHook>,
        revocations: mpsc::Sender<Revocation>,
    ) -> Self {
        Self {
            revocations,
            runtime: Handle::current(),
            store,
            connections,
            roles,
            lease,
            live: LiveSessions::new(),
            cache_counters: CacheCounters::new(),
            ends: Mutex::default(),
            end_stored: Notify::new(),
            watched: Watched::default(),
            seen: Mutex::default(),
            on_ended,
        }
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

    /// What Okta has pushed about these people of a connection is read again, with each of their
    /// sessions.
    pub(crate) fn people_changed(&self, connection: &str, subjects: &[String]) {
        if subjects.is_empty() {
            return;
        }
        let subjects: HashSet<&str> = subjects.iter().map(String::as_str).collect();
        self.live.forget_where(|live| {
            live.connection.config.name == connection && subjects.contains(&*live.owner.subject)
        });
        self.watched.look_again();
    }

    /// The same for all people of a connection.
    #[cfg(feature = "postgres")]
    pub(crate) fn all_people_changed(&self, connection: &str) {
        self.live
            .forget_where(|live| live.connection.config.name == connection);
        self.watched.look_again();
    }

    async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.lease.is_valid(Instant::now()) {
            return work.await;
        }
        let done = tokio::time::timeout(PATIENCE, work).await;
        done.unwrap_or(Err(StoreError::Busy))
    }

    /// The stored content, whatever a request in progress has read before.
    pub(crate) async fn content(&self, id: &Id) -> Result<Option<Content>, StoreError> {
        let record = self.in_time(self.load(id)).await?;
        record.as_ref().map(Content::of_record).transpose()
    }

    /// Changes our part of the session, whatever a request in progress has read before. A session
    /// that has ended is left alone. If others change it at the same time, `edit` may be called
    /// again.
    pub(crate) async fn change_content(
        &self,
        session: &Session,
        edit: impl Fn(&mut Content),
    ) -> Result<(), StoreError> {
        let Some(id) = session.id() else {
            return Ok(());
        };
        match self.change_stored(id, edit).await? {
            Some(content) => content.put_into(session).await,
            None => Ok(()),
        }
    }

    /// Changes what is stored of the person who is signed in. `false` if the session has ended.
    pub(crate) async fn change_signed_in(
        &self,
        id: Id,
        edit: impl Fn(&mut SignedIn),
    ) -> Result<bool, StoreError> {
        let edit = |content: &mut Content| {
            if let Some(signed_in) = &mut content.signed_in {
                edit(signed_in);
            }
        };
        let changed = self.change_stored(id, edit).await?;
        Ok(changed.is_some_and(|content| content.signed_in.is_some()))
    }

    /// `None` if the session has ended.
    async fn change_stored(
        &self,
        id: Id,
        edit: impl Fn(&mut Content),
    ) -> Result<Option<Content>, StoreError> {
        let key = SessionKey::of(&id);
        if self.has_ended(&key) {
            return Ok(None);
        }
        let mut content = Content::default();
        let edit = |found| {
            let mut record = record(id, &found)?;
            if self.record_has_ended(&record) {
                return Ok(None);
            }
            let before = record.clone();
            content = Content::of_record(&record)?;
            edit(&mut content);
            content.put_into_record(&mut record);
            Ok(Some(Edit::from(&before, &record)))
        };
        if !self.store.update_session(&key, edit).await? {
            return Ok(None);
        }
        self.live.forget(&key);
        Ok(Some(content))
    }

    /// For what another server may have changed.
    pub(crate) fn read_anew(&self, key: &SessionKey) {
        self.live.forget(key);
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<SessionKey, Arc<Seen>>> {
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
        match former.and_then(|former| self.take_move(&former)) {
            Some(moved) => Content::keep_stored(record, moved),
            None => Content::take_rights(record)?,
        }
        loop {
            record.id = id::new(&self.store);
            let index = SessionIndex::of(&record.data);
            let key = SessionKey::of(&record.id);
            if self
                .store
                .insert_session(&key, &stored(record), &index)
                .await?
            {
                return Ok(());
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
        let edit = |found| {
            let found = self::record(record.id, &found)?;
            if self.record_has_ended(&found) {
                return Ok(None);
            }
            let mut saved = record.clone();
            Content::keep_stored(&mut saved, found.clone());
            Ok(Some(Edit::from(&found, &saved)))
        };
        if self.store.update_session(&key, edit).await? {
            self.live.forget(&key);
        }
        Ok(())
    }

    pub(crate) async fn load(&self, id: &Id) -> Result<Option<Record>, StoreError> {
        let found = self.load_with_last_seen(id).await?;
        Ok(found.map(|(record, _)| record))
    }

    async fn load_with_last_seen(
        &self,
        id: &Id,
    ) -> Result<Option<(Record, Timestamp)>, StoreError> {
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
        let Some(found) = found? else {
            return Ok(None);
        };
        let record = record(*id, &found)?;
        if self.record_has_ended(&record) {
            return Ok(None);
        }
        Ok(Some((record, found.last_seen)))
    }
}

impl Edit {
    fn from(before: &Record, after: &Record) -> Self {
        Self {
            session: stored(after),
            index: SessionIndex::of(&after.data),
            changes_sign_in: Content::differ_in_sign_in(before, after),
        }
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
        last_seen: now(),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use okta_types::Identity;
    use serde_json::{Value, json};

    use super::*;
    use crate::connection::{
        CONNECTION,
        tests::{Database, config},
    };

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
            checked_at: None,
            tried_at: None,
            okta_sid: None,
            tokens: None,
        }
    }

    pub(super) async fn is_signed_in(sessions: &Arc<Sessions>, id: Id) -> bool {
        let found = sessions.use_now(id).await;
        found.unwrap().is_some()
    }

    /// With the connection that [`signed_in_as`] names, on a database of their own, which lasts as
    /// long as this.
    pub(super) async fn sessions() -> (Arc<Store>, Arc<Sessions>, Database) {
        let database = Database::new();
        let (store, connections) = database.server().await;
        let mut first = config(CONNECTION, "0oa1");
        first.id = "first".to_owned();
        connections.connected(None, first).await.unwrap();
        let roles = Arc::new(Roles::new(store.clone(), connections.clone(), None));
        let lease = Arc::new(Lease::without_end());
        let (revocations, _) = mpsc::channel(1);
        let sessions = Sessions::new(store.clone(), connections, roles, lease, None, revocations);
        (store, Arc::new(sessions), database)
    }
}
