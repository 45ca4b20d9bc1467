//! Sessions of the first releases, which a published store kept with their ids in clear. They go
//! on, under a hash of their id and encrypted, so nobody is signed out by an upgrade.

use okta_types::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sqlx::Row;
use tower_sessions::session::Record;

use super::{
    FORMER_SESSIONS_UNTIL, SessionKey, Store, StoreError, StoredSession, database::Database, now,
};

/// Where the ID token was encrypted by itself.
const ID_TOKEN: &str = "session/id_token";

impl Store {
    pub(super) async fn take_over_former_sessions(&self) -> Result<(), StoreError> {
        // Other databases never had any.
        if matches!(self.database, Database::Sqlite(_)) && self.has_former_sessions().await? {
            self.move_former_sessions().await?;
        }
        Ok(())
    }

    async fn has_former_sessions(&self) -> Result<bool, StoreError> {
        let table = sqlx::query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'tower_sessions'",
        )
        .fetch_optional(&self.pool)
        .await?;
        if table.is_none() {
            return Ok(false);
        }
        let row = sqlx::query("SELECT id FROM tower_sessions LIMIT 1")
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// The table stays, empty, for a server of the version before that may still run beside this
    /// one.
    async fn move_former_sessions(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let rows = sqlx::query("SELECT data FROM tower_sessions WHERE expiry_date > $1")
            .bind(now().0)
            .fetch_all(&mut *change.transaction)
            .await?;
        let mut until = 0;
        for row in rows {
            let data: Vec<u8> = row.try_get("data")?;
            // One that cannot be read would not have been understood before, either.
            let Ok(mut record) = rmp_serde::from_slice::<Record>(&data) else {
                continue;
            };
            if let Some(id_token) = record.data.get_mut("okta").and_then(id_token_of)
                && let Some(text) = id_token.as_str()
                && let Ok(plain) = self.decrypt(ID_TOKEN, text)
            {
                *id_token = Value::String(plain.expose_secret().to_owned());
            }
            if let Some(signed_in) = record.data.get_mut("okta").and_then(signed_in_of) {
                // As if Okta had just been asked: there was no asking again, and nobody is to lack
                // it.
                signed_in.insert("checked_at".to_owned(), now().0.into());
            }
            let expires_at = Timestamp(record.expiry_date.unix_timestamp());
            until = until.max(expires_at.0);
            let session = StoredSession {
                content: serde_json::json!(record.data).to_string(),
                expires_at,
                last_seen: now(),
            };
            change
                .insert_session_in_database(&SessionKey::of(&record.id), &session, None)
                .await?;
        }
        sqlx::query("DELETE FROM tower_sessions")
            .execute(&mut *change.transaction)
            .await?;
        // Another process may have taken over some, too.
        until = until.max(self.read_former_sessions_until().await?);
        change
            .put_setting(FORMER_SESSIONS_UNTIL, &until.to_string())
            .await?;
        change.commit().await?;
        // The ids are gone from the file itself only when what was written comes there from the
        // log.
        let checkpoint = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
        if let Err(error) = checkpoint.fetch_all(&self.pool).await {
            tracing::warn!(%error, "the database's log could not be emptied after an upgrade");
        }
        Ok(())
    }
}

fn signed_in_of(content: &mut Value) -> Option<&mut Map<String, Value>> {
    content.get_mut("signed_in")?.as_object_mut()
}

fn id_token_of(content: &mut Value) -> Option<&mut Value> {
    signed_in_of(content)?.get_mut("id_token")
}
