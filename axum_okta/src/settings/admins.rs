//! Who is admin by name.

use okta_types::{AdminSummary, AuditEvent, SettingsRefusal};

use super::{Admin, to_its_end};
use crate::error::SettingsError;

impl Admin {
    /// Who is admin by name.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn admins(&self) -> Result<Vec<AdminSummary>, SettingsError> {
        Ok(self.okta.open()?.store.admins().await?)
    }

    /// Takes the right from somebody who is admin by name. Whoever is admin by a role, too, stays one.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::LastAdmin`] when nobody would be left whom this app knows to be admin,
    /// [`SettingsRefusal::UnknownAdmin`] when there is no such admin.
    pub async fn remove_admin(self, issuer: &str, subject: &str) -> Result<(), SettingsError> {
        to_its_end(self.remove_admin_whole(issuer.to_owned(), subject.to_owned())).await
    }

    async fn remove_admin_whole(
        self,
        issuer: String,
        subject: String,
    ) -> Result<(), SettingsError> {
        let open = self.okta.open()?;
        let _changing = self.lock(open).await?;
        let admins = open.store.admins().await?;
        let removed = admins
            .iter()
            .find(|admin| admin.issuer == issuer && admin.subject == subject)
            .ok_or(SettingsRefusal::UnknownAdmin)?;
        let is_admin_by_role = self
            .identity
            .as_ref()
            .is_some_and(|identity| open.roles.is_admin_by_groups(identity));
        // Only who signs in through the connection in use can still be one.
        let in_use = self.okta.live_connection();
        let in_use = in_use.map_or(issuer.clone(), |connection| connection.issuer.clone());
        let others = admins
            .iter()
            .filter(|admin| admin.issuer == in_use && *admin != removed)
            .count();
        if others == 0 && !is_admin_by_role {
            return Err(SettingsRefusal::LastAdmin.into());
        }
        open.store.delete_admin(&issuer, &subject).await?;
        open.roles.find_anew();
        let whom = format!("{} ({subject})", removed.name);
        self.record(open, AuditEvent::AdminRemoved, whom).await;
        Ok(())
    }
}
