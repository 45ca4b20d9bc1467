//! tower-sessions' store, for one request.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tower_sessions::{
    session::{Id, Record},
    session_store::{self, Error},
};

use super::Shared;
use crate::{
    causes::with_causes,
    session::Sessions,
    store::{SessionKey, StoreError},
};

pub(super) struct SessionStore {
    pub(super) shared: Arc<Shared>,
    /// Deleted by this request. The next session that is created may continue it.
    former: Mutex<Option<Id>>,
}

impl SessionStore {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            former: Mutex::default(),
        }
    }

    fn former(&self) -> MutexGuard<'_, Option<Id>> {
        self.former.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> session_store::Result<&Arc<Sessions>> {
        match self.shared.okta.services() {
            Ok(services) => Ok(&services.sessions),
            Err(closed) => Err(Error::Backend(closed.to_string())),
        }
    }
}

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let former = self.former().take();
        let created = self.sessions()?.create(record, former).await;
        created.map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.sessions()?.save(record).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.sessions()?.load(id).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        // The first one: under later ids, nothing has been stored yet.
        self.former().get_or_insert(*id);
        self.sessions()?.delete(id).await.map_err(backend)
    }
}

/// A session that wasn't created again by now has ended.
impl Drop for SessionStore {
    fn drop(&mut self) {
        let former = self.former.get_mut();
        let former = former.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(former) = former
            && let Ok(sessions) = self.sessions()
        {
            sessions.give_up_move(&SessionKey::of(&former));
        }
    }
}

fn backend(error: StoreError) -> Error {
    Error::Backend(with_causes(&error))
}

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStore").finish_non_exhaustive()
    }
}
