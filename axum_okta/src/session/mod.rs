//! Sessions: what one holds, the one way in which it starts, the one in which it ends, and who is
//! signed in.

mod cache;
mod content;
mod id;
mod start;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use okta_types::{AuditEntry, Identity, Timestamp};
use time::OffsetDateTime;
use tokio::sync::oneshot;
use tower_sessions::{
    Session,
    session::{Id, Record},
};

use cache::{Cached, Live, LiveSessions};
pub(crate) use content::{Content, SignedIn};
pub(crate) use start::{NewSession, SessionCookie};

use crate::{
    audit::Entries,
    causes::with_causes,
    identity::roles::Roles,
    store::{SessionKey, Store, StoreError, StoredSession, now},
};

/// How often an end that could not be stored is tried again.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

pub(crate) struct Sessions {
    store: Arc<Store>,
    roles: Arc<Roles>,
    live: LiveSessions,
    /// Ended, but still in the database, because that could not be written.
    unfinished_ends: Mutex<HashMap<Id, Option<AuditEntry>>>,
}

impl Sessions {
    pub(crate) fn new(store: Arc<Store>, roles: Arc<Roles>) -> Self {
        Self {
            store,
            roles,
            live: LiveSessions::new(),
            unfinished_ends: Mutex::default(),
        }
    }

    /// Who is signed in with this session through this connection, with the roles they have now:
    /// from memory, else from the database.
    pub(crate) async fn identity(
        &self,
        id: Id,
        is_in_use: impl Fn(&str) -> bool,
    ) -> Result<Option<Identity>, StoreError> {
        let live = match self.live.get(&id) {
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
                }) => self.with_roles(id, identity, connection_id).await?,
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
        // It may have ended while the database was asked. Looked at here, where a query was made,
        // and not on every request.
        if self.has_ended(&id) {
            self.live.end(id);
            return Ok(None);
        }
        Ok(live)
    }

    /// Whether the session is still in the database, and has not ended meanwhile.
    pub(crate) async fn is_alive(&self, session: &Session) -> Result<bool, StoreError> {
        match session.id() {
            Some(id) => Ok(self.load(&id).await?.is_some()),
            None => Ok(false),
        }
    }

    /// What the database has of it now, whatever a request under way has read before.
    pub(crate) async fn content(&self, id: &Id) -> Result<Option<Content>, StoreError> {
        let record = self.load(id).await?;
        record.as_ref().map(Content::of_record).transpose()
    }

    /// Ends the session, at once and for good: in memory first, then in the database, with its
    /// entry in the audit trail. Where that cannot be written it is tried again until it can.
    /// An id that is nobody's costs nothing.
    pub(crate) async fn end(
        self: &Arc<Self>,
        id: Id,
        entry: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        if !id::is_ours(&self.store, &id) {
            return Ok(());
        }
        self.live.end(id);
        let is_first = self.unfinished_ends().insert(id, entry).is_none();
        if !is_first {
            return Ok(());
        }
        let (tell, told) = oneshot::channel();
        // Goes on although whoever asked has closed their browser.
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
        // Nobody may be listening any more.
        let _told = tell.send(first);
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
        let entry = self.unfinished_ends().get(id).cloned().flatten();
        let mut entries = Entries::default();
        let mut change = self.store.change().await?;
        change.delete_session(&SessionKey::of(id)).await?;
        if let Some(entry) = entry {
            entries.put(&mut change, entry).await?;
        }
        change.commit().await?;
        self.unfinished_ends().remove(id);
        entries.trace();
        Ok(())
    }

    fn unfinished_ends(&self) -> MutexGuard<'_, HashMap<Id, Option<AuditEntry>>> {
        // Nobody panics while holding it, and a map of ends is whole in any case.
        self.unfinished_ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tower-sessions asks of a store.
impl Sessions {
    /// A session that gains a right gets a new id, so an id that somebody planted has none.
    pub(crate) async fn create(&self, record: &mut Record) -> Result<(), StoreError> {
        loop {
            record.id = id::new(&self.store);
            let mut change = self.store.change().await?;
            let inserted = change
                .insert_session(&SessionKey::of(&record.id), &stored(record))
                .await?;
            if inserted {
                return change.commit().await;
            }
        }
    }

    /// tower-sessions reads a session when a request begins and writes all of it when the request
    /// ends. One that ended in between stays ended.
    pub(crate) async fn save(&self, record: &Record) -> Result<(), StoreError> {
        if self.has_ended(&record.id) {
            return Ok(());
        }
        let mut change = self.store.change().await?;
        change
            .update_session(&SessionKey::of(&record.id), &stored(record))
            .await?;
        change.commit().await?;
        self.live.forget(&record.id);
        Ok(())
    }

    pub(crate) async fn load(&self, id: &Id) -> Result<Option<Record>, StoreError> {
        if self.has_ended(id) || !id::is_ours(&self.store, id) {
            return Ok(None);
        }
        let Some(session) = self.store.session(&SessionKey::of(id)).await? else {
            return Ok(None);
        };
        let data =
            serde_json::from_str(&session.content).map_err(|error| StoreError::Unreadable {
                what: "session",
                source: error.into(),
            })?;
        let Timestamp(expires_at) = session.expires_at;
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date: OffsetDateTime::from_unix_timestamp(expires_at)
                .unwrap_or_else(|_| OffsetDateTime::now_utc()),
        }))
    }

    /// The host ends sessions, too: by `Session::flush`, `delete` or `cycle_id`.
    pub(crate) async fn delete(self: &Arc<Self>, id: &Id) -> Result<(), StoreError> {
        self.end(*id, None).await
    }

    fn has_ended(&self, id: &Id) -> bool {
        matches!(self.live.get(id), Some(Cached::Ended)) || self.unfinished_ends().contains_key(id)
    }
}

/// A session with a right of ours in it lives as long as that, whatever the host's values beside it
/// would make of it.
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
