//! The bearer tokens with which Okta pushes people and groups.

use okta_types::{ScimTokenSummary, Timestamp};
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};

/// When a token was used last is written at most once in so many seconds.
const USED_EVERY: i64 = 60;

/// Who calls with a token.
pub(crate) struct ScimToken {
    pub(crate) id: String,
    pub(crate) connection: String,
    pub(crate) hash: String,
}

impl Store {
    pub(crate) async fn scim_token(&self, hash: &str) -> Result<Option<ScimToken>, StoreError> {
        let row = sqlx::query(
            "SELECT id, connection, token_hash FROM okta_scim_token WHERE token_hash = $1",
        )
        .bind(hash)
        .fetch_optional(&self.pool)
        .await?;
        let token = |row: AnyRow| {
            Ok(ScimToken {
                id: row.try_get("id")?,
                connection: row.try_get("connection")?,
                hash: row.try_get("token_hash")?,
            })
        };
        row.map(token).transpose()
    }

    /// Those of a connection, the oldest first.
    pub(crate) async fn scim_tokens(
        &self,
        connection: &str,
    ) -> Result<Vec<ScimTokenSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, created_at, created_by, last_used_at FROM okta_scim_token \
             WHERE connection = $1 ORDER BY created_at, id",
        )
        .bind(connection)
        .fetch_all(&self.pool)
        .await?;
        let tokens = rows.iter().map(|row| {
            let last_used_at = Timestamp(row.try_get("last_used_at")?);
            Ok(ScimTokenSummary::new(
                row.try_get::<String, _>("id")?,
                Timestamp(row.try_get("created_at")?),
                row.try_get::<String, _>("created_by")?,
                Some(last_used_at).filter(|Timestamp(at)| *at > 0),
            ))
        });
        tokens.collect()
    }
}

impl Change<'_> {
    pub(crate) async fn count_scim_tokens(
        &mut self,
        connection: &str,
    ) -> Result<usize, StoreError> {
        let select = sqlx::query("SELECT COUNT(*) AS n FROM okta_scim_token WHERE connection = $1");
        let row = select
            .bind(connection)
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(usize::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0))
    }

    pub(crate) async fn insert_scim_token(
        &mut self,
        token: &ScimToken,
        created_by: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_scim_token (id, connection, token_hash, created_at, created_by) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&token.id)
        .bind(&token.connection)
        .bind(&token.hash)
        .bind(now().0)
        .bind(created_by.replace('\0', ""))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Returns `false` if there is none.
    pub(crate) async fn delete_scim_token(
        &mut self,
        connection: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM okta_scim_token WHERE connection = $1 AND id = $2")
            .bind(connection)
            .bind(id.replace('\0', ""))
            .execute(&mut *self.transaction)
            .await?;
        Ok(deleted.rows_affected() > 0)
    }

    pub(crate) async fn scim_token_used(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE okta_scim_token SET last_used_at = $2 WHERE id = $1 AND last_used_at < $3",
        )
        .bind(id)
        .bind(now().0)
        .bind(now().0 - USED_EVERY)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
