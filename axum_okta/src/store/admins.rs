//! Who is admin by name, rather than by a role.

use okta_types::{AdminSummary, Identity, Timestamp};
use sqlx::Row;

use super::{Store, now};
use crate::error::StoreError;

impl Store {
    pub(crate) async fn admins(&self) -> Result<Vec<AdminSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT issuer, subject, name, since FROM okta_admin ORDER BY since, issuer, subject",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AdminSummary {
                    issuer: row.try_get("issuer")?,
                    subject: row.try_get("subject")?,
                    name: row.try_get("name")?,
                    since: Timestamp(row.try_get("since")?),
                })
            })
            .collect()
    }

    pub(crate) async fn is_admin(&self, issuer: &str, subject: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT since FROM okta_admin WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Makes this person an admin and closes the setup, both or neither. Of two people who finish the same
    /// setup at once, one becomes admin.
    pub(crate) async fn finish_setup(
        &self,
        setup_id: &str,
        identity: &Identity,
    ) -> Result<bool, StoreError> {
        let Timestamp(since) = now();
        let _in_line = self.writing.lock().await;
        let mut transaction = self.pool.begin().await?;
        let closed = sqlx::query("DELETE FROM okta_setup WHERE id = $1")
            .bind(setup_id)
            .execute(&mut *transaction)
            .await?;
        if closed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO okta_admin (issuer, subject, since, name) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name",
        )
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(since)
        .bind(identity.display_name())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    pub(crate) async fn delete_admin(&self, issuer: &str, subject: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_admin WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
