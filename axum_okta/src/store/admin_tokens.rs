//! Tokens for programs.

use okta_types::{Timestamp, TokenAccess};
use serde_json::json;
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};
use crate::{
    admin_token::{AdminToken, Scope},
    connection::CONNECTION,
};

/// How long one that has expired is listed.
const LISTED_AFTER_END: i64 = 30 * 24 * 60 * 60;

/// All columns of the rows that the rest of the statement names.
macro_rules! select {
    ($rest:literal) => {
        sqlx::query(concat!(
            "SELECT id, hash, connection, scope, access, name, made_by, made_at, ends_at, used_at \
             FROM okta_admin_token ",
            $rest
        ))
    };
}

impl Store {
    /// Those that were made in the settings of this connection, the newest first.
    pub(crate) async fn admin_tokens(
        &self,
        connection: &str,
    ) -> Result<Vec<AdminToken>, StoreError> {
        let select = select!("WHERE connection = $1 ORDER BY made_at DESC, id").bind(connection);
        let rows = select.fetch_all(&self.pool).await?;
        rows.iter().map(token).collect()
    }

    pub(crate) async fn admin_token_with_hash(
        &self,
        hash: &str,
    ) -> Result<Option<AdminToken>, StoreError> {
        let select = select!("WHERE hash = $1").bind(hash);
        let row = select.fetch_optional(&self.pool).await?;
        row.as_ref().map(token).transpose()
    }

    /// It is in use now, and was last noted before this moment.
    pub(crate) async fn note_admin_token_use(
        &self,
        id: &str,
        Timestamp(before): Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.concurrent_change().await?;
        sqlx::query("UPDATE okta_admin_token SET used_at = $2 WHERE id = $1 AND used_at <= $3")
            .bind(id)
            .bind(now().0)
            .bind(before)
            .execute(&mut *change.transaction)
            .await?;
        change.commit().await
    }
}

fn token(row: &AnyRow) -> Result<AdminToken, StoreError> {
    let scope: String = row.try_get("scope")?;
    let scope = match scope.as_str() {
        "" => Scope::WholeApp,
        names => Scope::Connections(parsed(names)?),
    };
    let used_at = Timestamp(row.try_get("used_at")?);
    Ok(AdminToken {
        id: row.try_get("id")?,
        hash: row.try_get("hash")?,
        connection: row.try_get("connection")?,
        scope,
        access: match row.try_get("access")? {
            "write" => TokenAccess::Write,
            _ => TokenAccess::Read,
        },
        name: row.try_get("name")?,
        made_by: row.try_get("made_by")?,
        made_at: Timestamp(row.try_get("made_at")?),
        ends_at: Timestamp(row.try_get("ends_at")?),
        used_at: Some(used_at).filter(|Timestamp(at)| *at > 0),
    })
}

fn parsed(names: &str) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(names).map_err(|error| StoreError::Unreadable {
        what: "token's scope",
        source: error.into(),
    })
}

fn stored(scope: &Scope) -> String {
    match scope {
        Scope::WholeApp => String::new(),
        Scope::Connections(names) => json!(names).to_string(),
    }
}

impl Change<'_> {
    pub(crate) async fn put_admin_token(&mut self, token: &AdminToken) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_admin_token \
             (id, hash, connection, scope, access, name, made_by, made_at, ends_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&token.id)
        .bind(&token.hash)
        .bind(&token.connection)
        .bind(stored(&token.scope))
        .bind(token.access.as_str())
        .bind(&token.name)
        .bind(&token.made_by)
        .bind(token.made_at.0)
        .bind(token.ends_at.0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// How many were made in the settings of this connection.
    pub(crate) async fn count_admin_tokens(&mut self, connection: &str) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM okta_admin_token WHERE connection = $1")
            .bind(connection)
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(row.try_get("n")?)
    }

    pub(crate) async fn delete_admin_token(
        &mut self,
        connection: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM okta_admin_token WHERE id = $1 AND connection = $2")
            .bind(id)
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// For a connection that is deleted: a later one of the same name is another's.
    pub(crate) async fn delete_admin_tokens_of(&mut self, name: &str) -> Result<(), StoreError> {
        self.delete_admin_tokens_by(name).await?;
        // Those of others are good for one connection each.
        let rows = select!("WHERE connection = $1 AND scope <> ''")
            .bind(CONNECTION)
            .fetch_all(&mut *self.transaction)
            .await?;
        for row in &rows {
            let AdminToken { id, scope, .. } = token(row)?;
            let Scope::Connections(mut names) = scope else {
                continue;
            };
            if !names.iter().any(|one| one == name) {
                continue;
            }
            names.retain(|one| one != name);
            let change = match names.is_empty() {
                true => sqlx::query("DELETE FROM okta_admin_token WHERE id = $1").bind(id),
                false => sqlx::query("UPDATE okta_admin_token SET scope = $2 WHERE id = $1")
                    .bind(id)
                    .bind(stored(&Scope::Connections(names))),
            };
            change.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Those that admins of a connection made.
    pub(crate) async fn delete_admin_tokens_by(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_admin_token WHERE connection = $1")
            .bind(name)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Those that have expired long ago.
    pub(super) async fn delete_former_admin_tokens(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_admin_token WHERE ends_at <= $1")
            .bind(now().0 - LISTED_AFTER_END)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
