//! The connections for which provisioning was ever turned on, and what ends with one.

use sqlx::Row;

use super::{Change, ScimChange, Store, StoreError, now};

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

    /// What lets somebody push through a connection.
    pub(crate) async fn delete_scim_access_of(
        &mut self,
        connection: &str,
    ) -> Result<(), StoreError> {
        for delete in [
            "DELETE FROM okta_scim_client WHERE connection = $1",
            "DELETE FROM okta_scim_token WHERE connection = $1",
        ] {
            let delete = sqlx::query(delete).bind(connection);
            delete.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// Everything that was pushed through a connection that is deleted.
    pub(crate) async fn delete_provisioning_of(
        &mut self,
        connection: &str,
    ) -> Result<(), StoreError> {
        for delete in [
            "DELETE FROM okta_scim_connection WHERE connection = $1",
            "DELETE FROM okta_scim_resource WHERE connection = $1",
            "DELETE FROM okta_scim_email WHERE connection = $1",
            "DELETE FROM okta_scim_member WHERE connection = $1",
            "DELETE FROM okta_scim_former WHERE connection = $1",
            "DELETE FROM okta_scim_request WHERE connection = $1",
            "DELETE FROM okta_scim_change WHERE batch IN \
             (SELECT id FROM okta_scim_batch WHERE connection = $1)",
            "DELETE FROM okta_scim_batch WHERE connection = $1",
        ] {
            let delete = sqlx::query(delete).bind(connection);
            delete.execute(&mut *self.transaction).await?;
        }
        self.scim_changed(connection, [ScimChange::ConnectionDeleted]);
        Ok(())
    }
}
