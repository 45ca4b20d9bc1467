//! tower-sessions' store, as far as it is open.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use tower_sessions::{
    session::{Id, Record},
    session_store::{self, Error},
};

use crate::{causes::with_causes, okta::Okta, session::Sessions, store::StoreError};

pub(super) struct SessionStore(pub(super) Okta);

impl SessionStore {
    fn sessions(&self) -> session_store::Result<&Arc<Sessions>> {
        match self.0.services() {
            Ok(services) => Ok(&services.sessions),
            Err(closed) => Err(Error::Backend(closed.to_string())),
        }
    }
}

#[async_trait]
impl tower_sessions::SessionStore for SessionStore {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.sessions()?.create(record).await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.sessions()?.save(record).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.sessions()?.load(id).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.sessions()?.delete(id).await.map_err(backend)
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
