//! What becomes of the roles and attributes that Okta pushes.

use okta_types::{AuditEvent, ProvisioningDraft, ProvisioningForm};

use super::{Admin, SettingsError, admin::Changing, connect::refused};
use crate::{
    connection::{self, parse},
    store::ConnectionConfig,
};

impl Admin {
    /// Changes what becomes of the roles and attributes that Okta pushes. It applies to everybody at
    /// once, including people who are signed in.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Fields`] says which attributes can't become claims, and why.
    /// [`SettingsRefusal::Managed`](okta_types::SettingsRefusal::Managed) if the server's environment
    /// sets the connection. Else as for [`provisioning`](Self::provisioning).
    pub async fn set_provisioning(self, form: ProvisioningForm) -> Result<(), SettingsError> {
        self.change(async move |changing: Changing| {
            let saved = changing.set_provisioning(&form).await;
            let draft = match &saved {
                Ok(()) => None,
                Err(SettingsError::Fields(problems)) => {
                    Some(ProvisioningDraft::new(shortened(form), problems.clone()))
                }
                Err(_) => Some(ProvisioningDraft::new(shortened(form), Vec::new())),
            };
            let admin = &changing.admin;
            admin
                .keep(|content| content.provisioning_draft = draft.clone())
                .await?;
            saved
        })
        .await
    }

    /// Stores what is still being edited, for this browser only. `None` discards it.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn draft_provisioning(
        self,
        form: Option<ProvisioningForm>,
    ) -> Result<(), SettingsError> {
        let draft = form.map(|form| ProvisioningDraft::new(shortened(form), Vec::new()));
        self.keep(|content| content.provisioning_draft = draft.clone())
            .await
    }

    pub(super) fn provisioning_draft(&self) -> Option<ProvisioningDraft> {
        let mut content = self.content.clone();
        content.turn_to(&self.connection);
        content.provisioning_draft
    }
}

impl Changing {
    async fn set_provisioning(&self, form: &ProvisioningForm) -> Result<(), SettingsError> {
        self.refuse_if_managed()?;
        let admin = &self.admin;
        let services = &admin.services;
        let before = admin.known_connection()?;
        admin.refuse_before_sign_in_to_people().await?;
        let claims = parse::provisioned_claims(&form.provisioned_claims);
        let mut config = ConnectionConfig::clone(&before.config);
        config.options.provisioned_claims = claims.map_err(SettingsError::Fields)?;
        config.options.provisioned_roles = form.provisioned_roles;
        let changes = connection::changes(Some(&before.config), &config);
        let replaced = services.connections.change(&before, config).await;
        replaced.map_err(refused)?;
        services.sessions.look_again();
        admin.record(AuditEvent::Connected, changes).await;
        Ok(())
    }
}

/// What is stored of a form that wasn't saved.
fn shortened(mut form: ProvisioningForm) -> ProvisioningForm {
    form.provisioned_claims = parse::shortened_claims(form.provisioned_claims);
    form
}
