//! How often setup codes were tried, counted for all servers together.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::{Change, Store, StoreError, microseconds};

const MINUTE: i64 = 60 * 1_000_000;

impl Store {
    /// Counts an attempt from this address, and returns whether it is allowed: this many at once,
    /// and as many again over each minute (the generic cell rate algorithm).
    pub(crate) async fn allows_setup_attempt(
        &self,
        address: IpAddr,
        per_minute: u32,
    ) -> Result<bool, StoreError> {
        let each = MINUTE / i64::from(per_minute.max(1));
        let now = microseconds();
        let address = format!("okta_setup_attempt/{address}");
        let address = BASE64_URL_SAFE_NO_PAD.encode(self.tag(address.as_bytes()));
        let mut change = self.concurrent_change().await?;
        // One statement, so that of two at once none is missed.
        let counted = sqlx::query(
            "INSERT INTO okta_setup_attempt (address_hash, free_at) VALUES ($1, $2 + $3) \
             ON CONFLICT (address_hash) DO UPDATE SET free_at = \
             CASE WHEN okta_setup_attempt.free_at > $2 THEN okta_setup_attempt.free_at ELSE $2 END + $3 \
             WHERE okta_setup_attempt.free_at + $3 <= $4",
        )
        .bind(address)
        .bind(now)
        .bind(each)
        .bind(now + MINUTE)
        .execute(&mut *change.transaction)
        .await?;
        change.commit().await?;
        Ok(counted.rows_affected() > 0)
    }
}

impl Change<'_> {
    /// At most `limit` of them. Gives how many.
    pub(super) async fn delete_former_attempts(&mut self, limit: i64) -> Result<u64, StoreError> {
        let deleted = sqlx::query(
            "DELETE FROM okta_setup_attempt WHERE address_hash IN \
             (SELECT address_hash FROM okta_setup_attempt WHERE free_at <= $1 LIMIT $2)",
        )
        .bind(microseconds())
        .bind(limit)
        .execute(&mut *self.transaction)
        .await?;
        Ok(deleted.rows_affected())
    }
}
