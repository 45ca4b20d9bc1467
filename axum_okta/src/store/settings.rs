//! Single values by name.

use sqlx::Row;

use super::{Change, Store, StoreError};

impl Store {
    pub(super) async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        setting(&self.pool, name).await
    }
}

async fn setting(
    executor: impl sqlx::AnyExecutor<'_>,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT value FROM okta_setting WHERE name = $1")
        .bind(name)
        .fetch_optional(executor)
        .await?;
    Ok(row.map(|row| row.try_get("value")).transpose()?)
}

impl Change<'_> {
    pub(super) async fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        setting(&mut *self.transaction, name).await
    }

    pub(super) async fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_setting (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
