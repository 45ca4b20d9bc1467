//! The `state` of every callback that was answered, so that none is answered twice.

use okta_types::Timestamp;

use super::{Change, StoreError, now};

impl Change<'_> {
    /// Marks a state as used, until it would have expired; `false` when it was used before.
    pub(crate) async fn use_state(
        &mut self,
        state_hash: &str,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let inserted = sqlx::query(
            "INSERT INTO okta_used_state (state_hash, expires_at) VALUES ($1, $2) \
             ON CONFLICT (state_hash) DO NOTHING",
        )
        .bind(state_hash)
        .bind(expires_at.0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// At most `limit` of them. Gives how many.
    pub(super) async fn delete_expired_states(&mut self, limit: i64) -> Result<u64, StoreError> {
        let deleted = sqlx::query(
            "DELETE FROM okta_used_state WHERE state_hash IN \
             (SELECT state_hash FROM okta_used_state WHERE expires_at <= $1 LIMIT $2)",
        )
        .bind(now().0)
        .bind(limit)
        .execute(&mut *self.transaction)
        .await?;
        Ok(deleted.rows_affected())
    }
}
