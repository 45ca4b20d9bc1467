//! How the connection's organization looks.

use okta_types::{AuditEvent, Branding};

use super::{Admin, SettingsError, admin::Changing};
use crate::branding;

impl Admin {
    /// Returns how the connection's organization looks on the pages that the plugin serves itself.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn branding(&self) -> Result<Branding, SettingsError> {
        let services = &self.services;
        let organization = services.organization_of(&self.connection);
        Ok(services.store.branding(&organization).await?)
    }

    /// Changes how the connection's organization looks. All of its connections share it.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedBranding`](okta_types::SettingsRefusal::MalformedBranding) if
    /// something of it can't be used,
    /// [`SettingsRefusal::LowContrast`](okta_types::SettingsRefusal::LowContrast) if the color
    /// can't be read on white, [`SettingsError::Store`] if the database doesn't respond.
    pub async fn set_branding(self, branding: Branding) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| changing.set_branding(&branding).await)
            .await
    }
}

impl Changing {
    async fn set_branding(&self, typed: &Branding) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let services = &admin.services;
        let branding = branding::checked(typed)?;
        let organization = services.organization_of(&admin.connection);
        let mut change = services.store.change().await?;
        change.put_branding(&organization, &branding).await?;
        change.commit().await?;
        let detail = format!("branding of {organization}: {}", branding.name);
        admin.record(AuditEvent::Connected, detail).await;
        Ok(())
    }
}
