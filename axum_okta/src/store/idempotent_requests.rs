//! Requests of programs that may be sent again.

use sqlx::Row;

use super::{Change, Store, StoreError, microseconds, now};

/// How long the response is kept.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How long a request may be under way. Longer than checks ever take.
const UNDER_WAY_SECONDS: i64 = 120;
/// Of one caller. The oldest make room.
const KEPT_REQUESTS: i64 = 1000;

/// A request with a key, as hashes that nobody without this app's key can make.
pub(crate) struct IdempotentRequest {
    pub(crate) key_hash: String,
    pub(crate) caller_hash: String,
    pub(crate) request_hash: String,
}

/// What is known of a request.
pub(crate) enum Sent {
    /// Nothing. It is under way from now on.
    First,
    /// It is under way already.
    UnderWay,
    /// Another one was sent with its key.
    Other,
    /// This was the response.
    Again(String),
}

impl Store {
    /// Of two servers that are asked at once, one is the first.
    pub(crate) async fn begin_request(
        &self,
        request: &IdempotentRequest,
    ) -> Result<Sent, StoreError> {
        let mut change = self.change().await?;
        let row = sqlx::query(
            "SELECT request_hash, response FROM okta_idempotent_request \
             WHERE key_hash = $1 AND ends_at > $2",
        )
        .bind(&request.key_hash)
        .bind(now().0)
        .fetch_optional(&mut *change.transaction)
        .await?;
        if let Some(row) = row {
            let (sent, response): (String, String) =
                (row.try_get("request_hash")?, row.try_get("response")?);
            return Ok(match response.as_str() {
                _ if sent != request.request_hash => Sent::Other,
                "" => Sent::UnderWay,
                response => {
                    let response = self.unseal(&place(&request.key_hash), response);
                    response.map_or(Sent::Other, |response| {
                        Sent::Again(secrecy::ExposeSecret::expose_secret(&response).to_owned())
                    })
                }
            });
        }
        change.put_request(request).await?;
        change.delete_oldest_requests(&request.caller_hash).await?;
        change.commit().await?;
        Ok(Sent::First)
    }

    /// Keeps the response; without one, the request can be sent again.
    pub(crate) async fn end_request(
        &self,
        request: &IdempotentRequest,
        response: Option<&str>,
    ) -> Result<(), StoreError> {
        let mut change = self.concurrent_change().await?;
        let end = match response {
            Some(response) => {
                let response = self.seal(&place(&request.key_hash), response)?;
                sqlx::query(
                    "UPDATE okta_idempotent_request SET response = $2, ends_at = $3 \
                     WHERE key_hash = $1",
                )
                .bind(&request.key_hash)
                .bind(response)
                .bind(now().0 + KEPT_SECONDS)
            }
            None => sqlx::query("DELETE FROM okta_idempotent_request WHERE key_hash = $1")
                .bind(&request.key_hash),
        };
        end.execute(&mut *change.transaction).await?;
        change.commit().await
    }
}

impl Change<'_> {
    async fn put_request(&mut self, request: &IdempotentRequest) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_idempotent_request \
             (key_hash, caller_hash, request_hash, response, sent_at, ends_at) \
             VALUES ($1, $2, $3, '', $4, $5) \
             ON CONFLICT (key_hash) DO UPDATE SET caller_hash = excluded.caller_hash, \
             request_hash = excluded.request_hash, response = '', \
             sent_at = excluded.sent_at, ends_at = excluded.ends_at",
        )
        .bind(&request.key_hash)
        .bind(&request.caller_hash)
        .bind(&request.request_hash)
        .bind(microseconds())
        .bind(now().0 + UNDER_WAY_SECONDS)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn delete_oldest_requests(&mut self, caller_hash: &str) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM okta_idempotent_request WHERE key_hash IN \
             (SELECT key_hash FROM okta_idempotent_request WHERE caller_hash = $1 \
             ORDER BY sent_at DESC, key_hash LIMIT $2 OFFSET $3)",
        )
        .bind(caller_hash)
        .bind(super::NO_LIMIT)
        .bind(KEPT_REQUESTS)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// At most `limit` of those that are over. Gives how many.
    pub(super) async fn delete_former_requests(&mut self, limit: i64) -> Result<u64, StoreError> {
        let deleted = sqlx::query(
            "DELETE FROM okta_idempotent_request WHERE key_hash IN \
             (SELECT key_hash FROM okta_idempotent_request WHERE ends_at <= $1 LIMIT $2)",
        )
        .bind(now().0)
        .bind(limit)
        .execute(&mut *self.transaction)
        .await?;
        Ok(deleted.rows_affected())
    }
}

fn place(key_hash: &str) -> String {
    format!("okta_idempotent_request/{key_hash}")
}
