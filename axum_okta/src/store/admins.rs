//! Named admins: who is admin by name, rather than by a role.

use okta_types::{AdminSummary, Identity, Timestamp};
use sqlx::Row;

use super::{Change, Store, StoreError, now};

impl Store {
    pub(crate) async fn admins(&self) -> Result<Vec<AdminSummary>, StoreError> {
        let rows = sqlx::query(
            "SELECT issuer, subject, name, since FROM okta_admin ORDER BY since, issuer, subject",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AdminSummary::new(
                    row.try_get::<String, _>("issuer")?,
                    row.try_get::<String, _>("subject")?,
                    row.try_get::<String, _>("name")?,
                    Timestamp(row.try_get("since")?),
                ))
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
}

impl Change<'_> {
    pub(crate) async fn put_admin(&mut self, identity: &Identity) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_admin (issuer, subject, since, name) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name",
        )
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .bind(now().0)
        // PostgreSQL takes no NUL in a text.
        .bind(identity.display_name().replace('\0', ""))
        .execute(&mut *self.transaction)
        .await?;
        self.news.settings_changed();
        Ok(())
    }

    pub(crate) async fn delete_admin(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_admin WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .execute(&mut *self.transaction)
            .await?;
        self.news.settings_changed();
        Ok(())
    }
}
