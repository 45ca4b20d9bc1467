//! Changing the role table.

use okta_types::{ADMIN, AuditEvent, RoleRule, RoleTable, SettingsRefusal};

use super::Admin;
use crate::{connection::form, error::SettingsError, okta::Open};

/// Longer than anybody calls a group or a role.
const MAX_NAME_LENGTH: usize = 255;
/// Longer than any table that somebody keeps in mind.
const MAX_RULES: usize = 500;

impl Admin {
    /// The role table in use.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`] when opening failed.
    pub fn roles(&self) -> Result<RoleTable, SettingsError> {
        Ok(RoleTable::clone(&self.okta.open()?.roles.table()))
    }

    /// Uses this role table from now on, for people who are signed in, too, and keeps it.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedRoles`] when a role or group cannot be one, [`SettingsRefusal::LocksYouOut`] when
    /// whoever changes it would no longer be admin, [`SettingsError::Store`] when the database does not answer.
    pub async fn set_roles(mut self, typed: RoleTable) -> Result<(), SettingsError> {
        let okta = self.okta.clone();
        let open = okta.open()?;
        let _changing = open.changing.lock().await;
        let saved = self.replace_roles(open, &typed).await;
        self.content.roles_draft = saved.is_err().then(|| shortened_table(typed));
        self.content.save(&self.session).await?;
        saved
    }

    async fn replace_roles(&self, open: &Open, typed: &RoleTable) -> Result<(), SettingsError> {
        let table = checked_table(typed)?;
        if let Some(identity) = self.identity.as_deref().filter(|_| self.is_person())
            && !open
                .roles
                .of(identity, &table)
                .await?
                .iter()
                .any(|role| role == ADMIN)
        {
            return Err(SettingsRefusal::LocksYouOut.into());
        }
        let changes = table.to_string();
        open.roles.replace(table).await?;
        self.record(open, AuditEvent::RolesChanged, changes).await;
        Ok(())
    }
}

/// Trimmed; without the rows that were left empty. The order stays.
fn checked_table(typed: &RoleTable) -> Result<RoleTable, SettingsRefusal> {
    let mut table = RoleTable {
        rules: Vec::new(),
        default_role: typed
            .default_role
            .as_deref()
            .map(str::trim)
            .filter(|role| !role.is_empty())
            .map(|role| checked_name(role).map(str::to_owned))
            .transpose()?,
    };
    for rule in &typed.rules {
        let (group, role) = (rule.group.trim(), rule.role.trim());
        if group.is_empty() && role.is_empty() {
            continue;
        }
        let rule = RoleRule::new(checked_name(group)?, checked_name(role)?);
        if !table.rules.contains(&rule) {
            table.rules.push(rule);
        }
    }
    // Everybody an admin is nothing that anybody means.
    if table.rules.len() > MAX_RULES || table.default_role.as_deref() == Some(ADMIN) {
        return Err(SettingsRefusal::MalformedRoles);
    }
    Ok(table)
}

fn checked_name(name: &str) -> Result<&str, SettingsRefusal> {
    let is_name = !name.is_empty()
        && name.chars().count() <= MAX_NAME_LENGTH
        && !name.chars().any(char::is_control);
    is_name
        .then_some(name)
        .ok_or(SettingsRefusal::MalformedRoles)
}

/// What is kept of a table that could not be saved.
fn shortened_table(mut typed: RoleTable) -> RoleTable {
    typed.rules.truncate(MAX_RULES);
    for rule in &mut typed.rules {
        rule.group = form::shortened(&rule.group);
        rule.role = form::shortened(&rule.role);
    }
    typed.default_role = typed.default_role.as_deref().map(form::shortened);
    typed
}
