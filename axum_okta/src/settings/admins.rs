//! Who is admin by name.

use okta_types::{AdminSummary, AuditEvent, SettingsRefusal};

use super::Admin;
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
        let open = self.okta.open()?;
        let _changing = open.changing.lock().await;
        let admins = open.store.admins().await?;
        let removed = admins
            .iter()
            .find(|admin| admin.issuer == issuer && admin.subject == subject)
            .ok_or(SettingsRefusal::UnknownAdmin)?;
        let is_admin_by_role = self
            .identity
            .as_ref()
            .is_some_and(|identity| open.roles.make_admin(identity));
        if !open
            .store
            .delete_admin(issuer, subject, !is_admin_by_role)
            .await?
        {
            return Err(SettingsRefusal::LastAdmin.into());
        }
        open.roles.find_anew();
        let whom = format!("{} ({subject})", removed.name);
        self.record(open, AuditEvent::AdminRemoved, whom).await;
        Ok(())
    }
}
