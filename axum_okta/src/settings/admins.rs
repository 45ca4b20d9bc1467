//! Named admins.

use okta_types::{AdminSummary, AuditEvent, SettingsRefusal};

use super::{Admin, SettingsError};
use crate::{connection::CONNECTION, settings::admin::Changing};

impl Admin {
    /// Returns the named admins.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::SignInFirst`] to whoever only has a setup link,
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn admins(&self) -> Result<Vec<AdminSummary>, SettingsError> {
        self.refuse_before_sign_in()?;
        Ok(self.services.setups.named_admins(&self.connection).await?)
    }

    /// Removes a named admin. People who are also admins through a role stay admins.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::LastAdmin`] if no known admin would be left,
    /// [`SettingsRefusal::UnknownAdmin`] if there is no such admin.
    pub async fn remove_admin(self, issuer: &str, subject: &str) -> Result<(), SettingsError> {
        self.refuse_before_sign_in()?;
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.change(async move |changing: Changing| changing.remove_admin(&issuer, &subject).await)
            .await
    }
}

impl Changing {
    async fn remove_admin(&self, issuer: &str, subject: &str) -> Result<(), SettingsError> {
        let services = &self.admin.services;
        let name = &*self.admin.connection;
        let admins = services.setups.named_admins(name).await?;
        let removed = admins
            .iter()
            .find(|admin| admin.issuer == issuer && admin.subject == subject)
            .ok_or(SettingsRefusal::UnknownAdmin)?;
        let is_admin_by_role = self.admin.identity.as_ref().is_some_and(|identity| {
            identity.connection == name && services.roles.is_admin_by_groups(identity)
        });
        // Only people who sign in through the connection can still be its admins.
        let in_use = services.connections.named(name);
        let in_use = in_use.map_or(issuer.to_owned(), |in_use| in_use.issuer().to_owned());
        let others = admins
            .iter()
            .filter(|admin| admin.issuer == in_use && *admin != removed)
            .count();
        // Other organizations can be left to the admins of the whole app.
        let needs_another = name == CONNECTION || !self.admin.is_super;
        if needs_another && others == 0 && !is_admin_by_role {
            return Err(SettingsRefusal::LastAdmin.into());
        }
        services.setups.remove_admin(name, issuer, subject).await?;
        let whom = format!("{} ({subject})", removed.name);
        self.admin.record(AuditEvent::AdminRemoved, whom).await;
        Ok(())
    }
}
