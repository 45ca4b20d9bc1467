//! How organizations look.

use okta_types::Branding;
use sqlx::Row;

use super::{Change, Store, StoreError};

impl Store {
    pub(crate) async fn branding(&self, organization: &str) -> Result<Branding, StoreError> {
        let select = sqlx::query("SELECT branding FROM okta_organization WHERE organization = $1");
        let row = select.bind(organization).fetch_optional(&self.pool).await?;
        let Some(row) = row else {
            return Ok(Branding::default());
        };
        let branding: String = row.try_get("branding")?;
        serde_json::from_str(&branding).map_err(|error| StoreError::Unreadable {
            what: "organization's branding",
            source: error.into(),
        })
    }
}

impl Change<'_> {
    pub(crate) async fn put_branding(
        &mut self,
        organization: &str,
        branding: &Branding,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_organization (organization, branding) VALUES ($1, $2) \
             ON CONFLICT (organization) DO UPDATE SET branding = excluded.branding",
        )
        .bind(organization)
        .bind(serde_json::json!(branding).to_string())
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Of an organization whose last connection is deleted.
    pub(crate) async fn delete_branding_without_connection(
        &mut self,
        organization: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM okta_organization WHERE organization = $1 AND NOT EXISTS \
             (SELECT 1 FROM okta_connection WHERE organization = $1 OR (organization = '' AND name = $1))",
        )
        .bind(organization)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
