//! The OAuth 2 clients that may provision people through a connection.

use okta_types::{AuditEvent, ScimClientSummary, SettingsRefusal};

use super::{Admin, SettingsError, admin::Changing};
use crate::{
    connection::oidc::{PublicKeys, PublicKeysError},
    scim::new_id,
    store::ScimClient,
};

/// One in use, and one to replace it.
const MAX_CLIENTS: usize = 2;

impl Admin {
    /// Registers a client by its public keys: a JWK set ([RFC
    /// 7517](https://www.rfc-editor.org/rfc/rfc7517)), or one key. It gets tokens from the token
    /// endpoint by what it signs with them (`private_key_jwt`).
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedKeys`] if a key can't verify signatures,
    /// [`SettingsRefusal::PrivateKeys`] if one is private, [`SettingsRefusal::TooManyScimClients`]
    /// if there are two clients. Else as for [`provisioning`](Self::provisioning).
    pub async fn make_scim_client(self, keys: &str) -> Result<ScimClientSummary, SettingsError> {
        // Before anything else has it.
        let keys = PublicKeys::parse(keys).map_err(|error| match error {
            PublicKeysError::Malformed => SettingsRefusal::MalformedKeys,
            PublicKeysError::Private => SettingsRefusal::PrivateKeys,
        })?;
        self.change(async move |changing: Changing| changing.make_scim_client(&keys).await)
            .await
    }

    /// Deletes a client. Neither it nor the tokens that it was given count from now on.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownScimClient`] if the connection has none with this ID. Else as for
    /// [`provisioning`](Self::provisioning).
    pub async fn delete_scim_client(self, id: &str) -> Result<(), SettingsError> {
        let id = id.to_owned();
        self.change(async move |changing: Changing| changing.delete_scim_client(&id).await)
            .await
    }
}

impl Changing {
    async fn make_scim_client(
        &self,
        keys: &PublicKeys,
    ) -> Result<ScimClientSummary, SettingsError> {
        let admin = &self.admin;
        admin.known_connection()?;
        admin.refuse_before_sign_in_to_people().await?;
        let (store, name) = (&admin.services.store, &admin.connection);
        let client = ScimClient {
            id: new_id(),
            connection: name.clone(),
            key_set: keys.to_key_set(),
        };
        let mut change = store.change().await?;
        if change.count_scim_clients(name).await? >= MAX_CLIENTS {
            return Err(SettingsRefusal::TooManyScimClients.into());
        }
        change
            .insert_scim_client(&client, &admin.actor.to_string())
            .await?;
        change.turn_on_provisioning(name).await?;
        change.commit().await?;
        admin.services.connections.use_provisioning(name);
        let clients = store.scim_clients(name).await?;
        let made = clients.into_iter().find(|made| made.id == client.id);
        admin.record(AuditEvent::ScimClientMade, client.id).await;
        made.ok_or(SettingsRefusal::UnknownScimClient.into())
    }

    async fn delete_scim_client(&self, id: &str) -> Result<(), SettingsError> {
        let admin = &self.admin;
        admin.known_connection()?;
        admin.refuse_before_sign_in_to_people().await?;
        let mut change = admin.services.store.change().await?;
        if !change.delete_scim_client(&admin.connection, id).await? {
            return Err(SettingsRefusal::UnknownScimClient.into());
        }
        change.commit().await?;
        admin
            .record(AuditEvent::ScimClientDeleted, id.to_owned())
            .await;
        Ok(())
    }
}
