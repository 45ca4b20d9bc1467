//! The role table of each connection.

use std::collections::HashMap;

use okta_types::RoleTable;
use sqlx::Row;

use super::{Change, Store, StoreError};
use crate::connection::CONNECTION;

/// The setting with the role table of the first connection, as JSON. It is there without the
/// connection, too, and for servers of the version before. The others' have a table.
const ROLES: &str = "roles";

impl Store {
    /// The tables of all connections that have one.
    pub(crate) async fn role_tables(&self) -> Result<HashMap<String, RoleTable>, StoreError> {
        let rows = sqlx::query("SELECT connection, content FROM okta_role_table");
        let mut tables = HashMap::new();
        for row in rows.fetch_all(&self.pool).await? {
            tables.insert(row.try_get("connection")?, parsed(row.try_get("content")?)?);
        }
        if let Some(table) = self.setting(ROLES).await? {
            tables.insert(CONNECTION.to_owned(), parsed(table)?);
        }
        Ok(tables)
    }

    /// This connection's; an empty one if it has none.
    #[cfg(feature = "postgres")]
    pub(crate) async fn role_table(&self, connection: &str) -> Result<RoleTable, StoreError> {
        let table = match connection {
            CONNECTION => self.setting(ROLES).await?,
            name => stored(&self.pool, name).await?,
        };
        table.map_or_else(|| Ok(RoleTable::default()), parsed)
    }
}

async fn stored(
    executor: impl sqlx::AnyExecutor<'_>,
    connection: &str,
) -> Result<Option<String>, StoreError> {
    let select = sqlx::query("SELECT content FROM okta_role_table WHERE connection = $1");
    let row = select.bind(connection).fetch_optional(executor).await?;
    Ok(row.map(|row| row.try_get("content")).transpose()?)
}

fn parsed(json: String) -> Result<RoleTable, StoreError> {
    serde_json::from_str(&json).map_err(|error| StoreError::Unreadable {
        what: "role table",
        source: error.into(),
    })
}

impl Change<'_> {
    /// What is stored now, and by nobody else before this change ends.
    pub(crate) async fn role_table(&mut self, connection: &str) -> Result<RoleTable, StoreError> {
        let table = match connection {
            CONNECTION => self.setting(ROLES).await?,
            name => stored(&mut *self.transaction, name).await?,
        };
        table.map_or_else(|| Ok(RoleTable::default()), parsed)
    }

    pub(crate) async fn put_role_table(
        &mut self,
        connection: &str,
        table: &RoleTable,
    ) -> Result<(), StoreError> {
        let content = serde_json::json!(table).to_string();
        match connection {
            CONNECTION => self.put_setting(ROLES, &content).await?,
            name => {
                sqlx::query(
                    "INSERT INTO okta_role_table (connection, content) VALUES ($1, $2) \
                     ON CONFLICT (connection) DO UPDATE SET content = excluded.content",
                )
                .bind(name)
                .bind(content)
                .execute(&mut *self.transaction)
                .await?;
            }
        }
        self.news.connection_changed(connection);
        Ok(())
    }

    pub(crate) async fn delete_role_table(&mut self, connection: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_role_table WHERE connection = $1")
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        self.news.connection_changed(connection);
        Ok(())
    }
}
