//! The subjects of people whom Okta has deleted by SCIM.

use super::{Change, StoreError, now};

impl Change<'_> {
    pub(crate) async fn put_former(
        &mut self,
        connection: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_scim_former (connection, subject, deleted_at) VALUES ($1, $2, $3) \
             ON CONFLICT (connection, subject) DO UPDATE SET deleted_at = excluded.deleted_at",
        )
        .bind(connection)
        .bind(subject)
        .bind(now().0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// For somebody who is there again.
    pub(crate) async fn forget_former(
        &mut self,
        connection: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_scim_former WHERE connection = $1 AND subject = $2")
            .bind(connection)
            .bind(subject)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
