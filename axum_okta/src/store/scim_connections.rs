//! The connections for which provisioning was ever turned on.

use sqlx::Row;

use super::{Change, Store, StoreError, now};

impl Store {
    /// Their names.
    pub(crate) async fn provisioned_connections(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query("SELECT connection FROM okta_scim_connection");
        let rows = rows.fetch_all(&self.pool).await?;
        let names = rows.iter().map(|row| Ok(row.try_get("connection")?));
        names.collect()
    }

    #[cfg(feature = "postgres")]
    pub(crate) async fn is_provisioned(&self, connection: &str) -> Result<bool, StoreError> {
        let select = sqlx::query("SELECT 1 FROM okta_scim_connection WHERE connection = $1");
        let row = select.bind(connection).fetch_optional(&self.pool).await?;
        Ok(row.is_some())
    }
}

impl Change<'_> {
    /// From now on, what Okta pushes is looked up with each session of the connection, on every
    /// server: they hear of it before they hear of anything that is pushed.
    pub(crate) async fn turn_on_provisioning(
        &mut self,
        connection: &str,
    ) -> Result<(), StoreError> {
        let inserted = sqlx::query(
            "INSERT INTO okta_scim_connection (connection, since) VALUES ($1, $2) \
             ON CONFLICT (connection) DO NOTHING",
        )
        .bind(connection)
        .bind(now().0)
        .execute(&mut *self.transaction)
        .await?;
        if inserted.rows_affected() > 0 {
            self.news.connection_changed(connection);
        }
        Ok(())
    }
}
