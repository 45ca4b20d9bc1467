//! Organizations: how they look, and which are yet to be set up.

use std::collections::HashMap;

use okta_types::Branding;
use sqlx::{Row, any::AnyRow};

use super::{Change, Store, StoreError, now};
use crate::connection::CONNECTION;

impl Store {
    pub(crate) async fn branding(&self, organization: &str) -> Result<Branding, StoreError> {
        let select = sqlx::query("SELECT branding FROM okta_organization WHERE organization = $1");
        let row = select.bind(organization).fetch_optional(&self.pool).await?;
        row.as_ref().map_or(Ok(Branding::default()), branding)
    }

    /// How each organization looks, by its key.
    pub(crate) async fn brandings(&self) -> Result<HashMap<String, Branding>, StoreError> {
        let select = sqlx::query("SELECT organization, branding FROM okta_organization");
        let rows = select.fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok((row.try_get("organization")?, branding(row)?)))
            .collect()
    }

    /// Whether there is an organization of this name, also one that is yet to be set up. Unlike a setup
    /// link, it doesn't end by itself.
    pub(crate) async fn has_organization(&self, name: &str) -> Result<bool, StoreError> {
        let select = sqlx::query("SELECT 1 FROM okta_organization WHERE organization = $1");
        let row = select.bind(name).fetch_optional(&self.pool).await?;
        Ok(row.is_some())
    }

    /// Whether this name is known although there may be no connection yet: its organization was
    /// created, or looks like something, or has a setup link that still works.
    pub(crate) async fn awaits_setup(&self, name: &str) -> Result<bool, StoreError> {
        let select = sqlx::query(
            "SELECT 1 FROM okta_organization WHERE organization = $1 UNION ALL \
             SELECT 1 FROM okta_connection_setup \
             WHERE connection = $1 AND code_hash <> '' AND ends_at > $2",
        );
        let rows = select.bind(name).bind(now().0).fetch_all(&self.pool);
        Ok(!rows.await?.is_empty())
    }
}

fn branding(row: &AnyRow) -> Result<Branding, StoreError> {
    let branding: String = row.try_get("branding")?;
    serde_json::from_str(&branding).map_err(|error| StoreError::Unreadable {
        what: "organization's branding",
        source: error.into(),
    })
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

    /// Keeps a name for an organization that is yet to be set up. Returns `false` if anything has
    /// it, or may soon.
    pub(crate) async fn create_organization(
        &mut self,
        name: &str,
        branding: &Branding,
    ) -> Result<bool, StoreError> {
        let created = sqlx::query(
            "INSERT INTO okta_organization (organization, branding) SELECT $1, $2 \
             WHERE NOT EXISTS (SELECT 1 FROM okta_connection WHERE name = $1 OR organization = $1) \
             AND NOT EXISTS (SELECT 1 FROM okta_connection_setup WHERE connection = $1 AND ends_at > $3) \
             ON CONFLICT (organization) DO NOTHING",
        )
        .bind(name)
        .bind(serde_json::json!(branding).to_string())
        .bind(now().0)
        .execute(&mut *self.transaction)
        .await?;
        Ok(created.rows_affected() > 0)
    }

    /// Of an organization whose last connection is deleted.
    pub(crate) async fn delete_branding_without_connection(
        &mut self,
        organization: &str,
    ) -> Result<(), StoreError> {
        // The app's own is for the Okta app that is connected next, and the operator's connection isn't
        // stored.
        if organization == CONNECTION {
            return Ok(());
        }
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
