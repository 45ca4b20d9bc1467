//! The bearer tokens with which Okta pushes people and groups: those that admins made, and those that
//! clients were given.

use okta_types::{ScimTokenSummary, Timestamp};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{Change, NO_LIMIT, Store, StoreError, now};

/// When a token was used last is written at most once in so many seconds.
const USED_EVERY: i64 = 60;

/// Tokens of a client that count at a time; of more, the oldest ends.
const PER_CLIENT: i64 = 10;

/// Who calls with a token.
pub(crate) struct ScimToken {
    pub(crate) id: String,
    pub(crate) connection: String,
    pub(crate) hash: String,
    /// Whom it was given to, and until when it counts. Without, an admin made it.
    pub(crate) given: Option<(String, Timestamp)>,
}

impl Store {
    /// One that counts now.
    pub(crate) async fn scim_token(&self, hash: &str) -> Result<Option<ScimToken>, StoreError> {
        let row = sqlx::query(
            "SELECT id, connection, token_hash, client, expires_at FROM okta_scim_token \
             WHERE token_hash = $1 AND (expires_at = 0 OR expires_at > $2)",
        )
        .bind(hash)
        .bind(now().0)
        .fetch_optional(&self.pool)
        .await?;
        let token = |row: AnyRow| {
            Ok(ScimToken {
                id: row.try_get("id")?,
                connection: row.try_get("connection")?,
                hash: row.try_get("token_hash")?,
                given: given(&row)?,
            })
        };
        row.map(token).transpose()
    }

    /// Those of a connection that count now, the oldest first.
    pub(crate) async fn scim_tokens(
        &self,
        connection: &str,
    ) -> Result<Vec<ScimTokenSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, created_at, created_by, last_used_at, client, expires_at FROM okta_scim_token \
             WHERE connection = $1 AND (expires_at = 0 OR expires_at > $2) ORDER BY created_at, id",
        )
        .bind(connection)
        .bind(now().0)
        .fetch_all(&self.pool)
        .await?;
        let tokens = rows.iter().map(|row| {
            let last_used_at = Timestamp(row.try_get("last_used_at")?);
            let mut token = ScimTokenSummary::new(
                row.try_get::<String, _>("id")?,
                Timestamp(row.try_get("created_at")?),
                row.try_get::<String, _>("created_by")?,
                Some(last_used_at).filter(|Timestamp(at)| *at > 0),
            );
            (token.client, token.expires_at) = given(row)?.unzip();
            Ok(token)
        });
        tokens.collect()
    }
}

fn given(row: &AnyRow) -> Result<Option<(String, Timestamp)>, StoreError> {
    let client: String = row.try_get("client")?;
    let expires_at = Timestamp(row.try_get("expires_at")?);
    Ok((!client.is_empty()).then_some((client, expires_at)))
}

impl Change<'_> {
    /// Whether there is a token of this id that counts. Nobody deletes it before this change ends.
    pub(crate) async fn scim_token_counts(&mut self, id: &str) -> Result<bool, StoreError> {
        let sql = format!(
            "SELECT id FROM okta_scim_token WHERE id = $1 AND (expires_at = 0 OR expires_at > $2){}",
            self.store.database.for_key_share()
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(id)
            .bind(now().0)
            .fetch_optional(&mut *self.transaction)
            .await?;
        Ok(row.is_some())
    }

    /// Those that admins made.
    pub(crate) async fn count_scim_tokens(
        &mut self,
        connection: &str,
    ) -> Result<usize, StoreError> {
        let select = sqlx::query(
            "SELECT COUNT(*) AS n FROM okta_scim_token WHERE connection = $1 AND client = ''",
        );
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
        let (client, expires_at) = match &token.given {
            Some((client, Timestamp(expires_at))) => (&**client, *expires_at),
            None => ("", 0),
        };
        sqlx::query(
            "INSERT INTO okta_scim_token \
             (id, connection, token_hash, created_at, created_by, client, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&token.id)
        .bind(&token.connection)
        .bind(&token.hash)
        .bind(now().0)
        .bind(created_by.replace('\0', ""))
        .bind(client)
        .bind(expires_at)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Of a client's tokens, the newest few stay, so that they don't become more and more.
    pub(crate) async fn delete_surplus_scim_tokens(
        &mut self,
        client: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM okta_scim_token WHERE client = $1 AND id IN \
             (SELECT id FROM okta_scim_token WHERE client = $1 \
             ORDER BY expires_at DESC, id DESC LIMIT $2 OFFSET $3)",
        )
        .bind(client)
        .bind(NO_LIMIT)
        .bind(PER_CLIENT)
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

    /// What no longer counts.
    pub(super) async fn delete_former_scim_tokens(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_scim_token WHERE expires_at > 0 AND expires_at <= $1")
            .bind(now().0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
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
