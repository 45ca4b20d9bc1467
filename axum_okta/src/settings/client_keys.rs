//! The keys of this app, to be used in place of a client secret.

use okta_types::{AuditEvent, ClientKeySummary, SettingsRefusal};

use super::{Admin, SettingsError, admin::Changing};

impl Admin {
    /// Signs with the next key from now on. That one is published already, so a provider that
    /// fetches the keys accepts it at once. `in_use` is the `kid` of the key that is replaced.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::KeysRotated`] if another key is in use by now, [`SettingsError::Store`]
    /// if the database doesn't respond.
    pub async fn rotate_client_key(self, in_use: String) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| changing.rotate_client_key(&in_use).await)
            .await
    }

    pub(super) async fn client_keys(&self) -> Result<ClientKeySummary, SettingsError> {
        let name = &*self.connection;
        let keys = self.services.connections.keys().of(name).await?;
        let address = self.okta.client_keys_address(name);
        let mut summary = ClientKeySummary::new(address, keys.public(), keys.in_use().id());
        summary.rotated_at = keys.rotated_at;
        Ok(summary)
    }
}

impl Changing {
    async fn rotate_client_key(self, in_use: &str) -> Result<(), SettingsError> {
        let keys = self.admin.services.connections.keys();
        let name = &*self.admin.connection;
        let now = keys.rotate(name, in_use).await?;
        let now = now.ok_or(SettingsRefusal::KeysRotated)?;
        let detail = format!("key {in_use} → {}", now.id());
        self.admin
            .record(AuditEvent::ClientKeyRotated, detail)
            .await;
        Ok(())
    }
}
