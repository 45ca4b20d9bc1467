//! A session store in which a session that has ended stays ended.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};
use tower_sessions_sqlx_store::SqliteStore;

use crate::session::LiveSessions;

/// tower-sessions reads a session when a request begins and writes all of it when the request ends. Whoever signed out
/// in between would be signed in again: by a request of ours that waited for Okta, or by any of the host's.
#[derive(Clone)]
pub struct Sessions {
    stored: SqliteStore,
    live: Arc<LiveSessions>,
}

impl Sessions {
    pub(crate) fn new(stored: SqliteStore, live: Arc<LiveSessions>) -> Self {
        Self { stored, live }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.stored.create(record).await
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        if self.stored.load(&record.id).await?.is_none() {
            return Ok(());
        }
        self.stored.save(record).await?;
        // Ended between the two: whoever ends a session says so before it is deleted.
        if self.live.has_ended(&record.id) {
            self.stored.delete(&record.id).await?;
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.stored.load(id).await
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.stored.delete(id).await
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
