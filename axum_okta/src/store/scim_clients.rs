//! The OAuth 2 clients that provision people, with their public keys.

use okta_types::{ScimClientSummary, Timestamp};
use serde_json::Value;
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};

/// A client that may get tokens.
pub(crate) struct ScimClient {
    pub(crate) id: String,
    pub(crate) connection: String,
    /// A JWK set of public keys.
    pub(crate) key_set: Value,
}

impl Store {
    pub(crate) async fn scim_client(&self, id: &str) -> Result<Option<ScimClient>, StoreError> {
        // PostgreSQL takes no NUL in a text, and no client is called so.
        if id.contains('\0') {
            return Ok(None);
        }
        let select =
            sqlx::query("SELECT id, connection, key_set FROM okta_scim_client WHERE id = $1");
        let row = select.bind(id).fetch_optional(&self.pool).await?;
        let client = |row: AnyRow| {
            Ok(ScimClient {
                id: row.try_get("id")?,
                connection: row.try_get("connection")?,
                key_set: key_set(&row)?,
            })
        };
        row.map(client).transpose()
    }

    /// Those of a connection, the oldest first.
    pub(crate) async fn scim_clients(
        &self,
        connection: &str,
    ) -> Result<Vec<ScimClientSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, key_set, created_at, created_by, last_used_at FROM okta_scim_client \
             WHERE connection = $1 ORDER BY created_at, id",
        )
        .bind(connection)
        .fetch_all(&self.pool)
        .await?;
        let clients = rows.iter().map(|row| {
            let mut client = ScimClientSummary::new(
                row.try_get::<String, _>("id")?,
                Timestamp(row.try_get("created_at")?),
                row.try_get::<String, _>("created_by")?,
            );
            let last_used_at = Timestamp(row.try_get("last_used_at")?);
            client.last_used_at = Some(last_used_at).filter(|Timestamp(at)| *at > 0);
            client.keys = ids_of_keys(&key_set(row)?);
            Ok(client)
        });
        clients.collect()
    }
}

fn key_set(row: &AnyRow) -> Result<Value, StoreError> {
    let key_set = serde_json::from_str(row.try_get("key_set")?);
    key_set.map_err(|error| StoreError::Unreadable {
        what: "keys of a SCIM client",
        source: error.into(),
    })
}

fn ids_of_keys(key_set: &Value) -> Vec<String> {
    let keys = key_set["keys"].as_array().into_iter().flatten();
    let ids = keys.filter_map(|key| key["kid"].as_str());
    ids.map(str::to_owned).collect()
}

impl Change<'_> {
    pub(crate) async fn count_scim_clients(
        &mut self,
        connection: &str,
    ) -> Result<usize, StoreError> {
        let select =
            sqlx::query("SELECT COUNT(*) AS n FROM okta_scim_client WHERE connection = $1");
        let row = select
            .bind(connection)
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(usize::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0))
    }

    pub(crate) async fn insert_scim_client(
        &mut self,
        client: &ScimClient,
        created_by: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_scim_client (id, connection, key_set, created_at, created_by) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&client.id)
        .bind(&client.connection)
        .bind(client.key_set.to_string())
        .bind(now().0)
        .bind(created_by.replace('\0', ""))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Returns `false` if it is there no more, so that no token is given to it.
    pub(crate) async fn scim_client_used(&mut self, id: &str) -> Result<bool, StoreError> {
        let used = sqlx::query("UPDATE okta_scim_client SET last_used_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now().0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(used.rows_affected() > 0)
    }

    /// With its tokens. Returns `false` if there is none.
    pub(crate) async fn delete_scim_client(
        &mut self,
        connection: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let id = id.replace('\0', "");
        let deleted = sqlx::query("DELETE FROM okta_scim_client WHERE connection = $1 AND id = $2")
            .bind(connection)
            .bind(&id)
            .execute(&mut *self.transaction)
            .await?;
        if deleted.rows_affected() == 0 || id.is_empty() {
            return Ok(false);
        }
        sqlx::query("DELETE FROM okta_scim_token WHERE connection = $1 AND client = $2")
            .bind(connection)
            .bind(&id)
            .execute(&mut *self.transaction)
            .await?;
        Ok(true)
    }
}
