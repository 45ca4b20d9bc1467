//! Sessions: found by a hash of their id, their content encrypted. Whoever reads the database, or a
//! backup of it, can take over none.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::Timestamp;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use sqlx::Row;
use tower_sessions::session::Id;

use super::{Change, Store, StoreError, now};

/// What the database knows of a session id. The id has 128 random bits, so a plain hash cannot be
/// searched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionKey(String);

impl SessionKey {
    pub(crate) fn of(id: &Id) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_le_bytes())))
    }

    fn place(&self) -> String {
        format!("okta_session/{}", self.0)
    }
}

/// What is kept of a session: JSON, and when it ends.
pub(crate) struct StoredSession {
    pub(crate) content: String,
    pub(crate) expires_at: Timestamp,
}

impl Store {
    pub(crate) async fn session(
        &self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        self.session_in(&self.pool, key).await
    }

    async fn session_in(
        &self,
        executor: impl sqlx::AnyExecutor<'_>,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query(
            "SELECT content, expires_at FROM okta_session WHERE id_hash = $1 AND expires_at > $2",
        )
        .bind(&key.0)
        .bind(now().0)
        .fetch_optional(executor)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let content = self.decrypt(&key.place(), &row.try_get::<String, _>("content")?)?;
        Ok(Some(StoredSession {
            content: content.expose_secret().to_owned(),
            expires_at: Timestamp(row.try_get("expires_at")?),
        }))
    }
}

impl Change<'_> {
    /// What is stored now, and by nobody else before this change ends.
    pub(crate) async fn session(
        &mut self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        let store = self.store;
        store.session_in(&mut *self.transaction, key).await
    }

    /// `false` when there is a session with this id.
    pub(crate) async fn insert_session(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
    ) -> Result<bool, StoreError> {
        let content = self.store.encrypt(&key.place(), &session.content)?;
        let inserted = sqlx::query(
            "INSERT INTO okta_session (id_hash, content, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (id_hash) DO NOTHING",
        )
        .bind(&key.0)
        .bind(content)
        .bind(session.expires_at.0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// Changes a session that there is. One that has ended meanwhile stays ended.
    pub(crate) async fn update_session(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
    ) -> Result<(), StoreError> {
        let content = self.store.encrypt(&key.place(), &session.content)?;
        sqlx::query("UPDATE okta_session SET content = $2, expires_at = $3 WHERE id_hash = $1")
            .bind(&key.0)
            .bind(content)
            .bind(session.expires_at.0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    pub(crate) async fn delete_session(&mut self, key: &SessionKey) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_session WHERE id_hash = $1")
            .bind(&key.0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    pub(super) async fn delete_expired_sessions(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_session WHERE expires_at <= $1")
            .bind(now().0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
