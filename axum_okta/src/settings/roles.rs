//! Changing the role table.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::{ADMIN, AuditEvent, GroupsFrom, RoleRule, RoleTable, SettingsRefusal};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Admin, SettingsError, admin::Changing};
use crate::connection::parse;

/// Longer than anybody calls a group or a role.
const MAX_NAME_LENGTH: usize = 255;
/// Longer than any table that somebody keeps in mind.
const MAX_RULES: usize = 500;

impl Admin {
    /// The role table in use.
    #[must_use]
    pub fn roles(&self) -> RoleTable {
        RoleTable::clone(&self.services.roles.table())
    }

    /// The version of the role table in use, for [`set_roles`](Self::set_roles).
    #[must_use]
    pub fn roles_version(&self) -> String {
        version(&self.services.roles.table())
    }

    /// Uses this role table from now on, for people who are signed in, too, and keeps it. With the
    /// `version` that was shown to whoever typed it, what another admin saved meanwhile is not
    /// overwritten.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedRoles`] when a role or group cannot be one,
    /// [`SettingsRefusal::LocksYouOut`] when whoever changes it would no longer be admin,
    /// [`SettingsRefusal::RolesChanged`] when another version is in use,
    /// [`SettingsRefusal::NoGroups`] when groups come from nowhere, [`SettingsError::Store`] when
    /// the database does not answer.
    pub async fn set_roles(
        self,
        typed: RoleTable,
        version: Option<&str>,
    ) -> Result<(), SettingsError> {
        let version = version.map(str::to_owned);
        self.change(async move |changing: Changing| {
            let saved = changing.set_roles(&typed, version.as_deref()).await;
            let draft = saved.is_err().then(|| shortened_table(typed));
            let admin = &changing.admin;
            admin.keep(|content| content.roles_draft = draft).await?;
            saved
        })
        .await
    }
}

impl Admin {
    /// Keeps a role table that is still being edited, for this browser alone. `None` throws it
    /// away.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] when the database does not answer.
    pub async fn draft_roles(self, typed: Option<RoleTable>) -> Result<(), SettingsError> {
        let draft = typed.map(shortened_rules);
        self.keep(|content| content.roles_draft = draft).await
    }
}

impl Changing {
    async fn set_roles(&self, typed: &RoleTable, seen: Option<&str>) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let roles = &admin.services.roles;
        let before = roles.table();
        if seen.is_some_and(|seen| seen != version(&before)) {
            return Err(SettingsRefusal::RolesChanged.into());
        }
        let table = checked_table(typed)?;
        let connection = admin.services.connections.in_use();
        let no_groups = connection
            .is_some_and(|in_use| in_use.config.options.groups_from == GroupsFrom::Nowhere);
        if no_groups && !table.rules.is_empty() {
            return Err(SettingsRefusal::NoGroups.into());
        }
        if let Some(identity) = admin.identity.as_ref().filter(|_| admin.by_role)
            && !roles.is_admin(identity, &table).await?
        {
            return Err(SettingsRefusal::LocksYouOut.into());
        }
        let changes = changes(&before, &table);
        if !roles.replace(&before, table).await? {
            return Err(SettingsRefusal::RolesChanged.into());
        }
        admin.record(AuditEvent::RolesChanged, changes).await;
        Ok(())
    }
}

/// Another one for every other table.
fn version(table: &RoleTable) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(json!(table).to_string()))
}

/// What is new and what is gone, whatever else is in the tables.
fn changes(before: &RoleTable, after: &RoleTable) -> String {
    let only_in = |one: &RoleTable, other: &RoleTable, verb: &str| -> Vec<String> {
        let rules = one.rules.iter().filter(|rule| !other.rules.contains(rule));
        rules
            .map(|rule| format!("{verb} {} → {}", rule.group, rule.role))
            .collect()
    };
    let mut changes = only_in(after, before, "added");
    changes.extend(only_in(before, after, "removed"));
    if before.default_role != after.default_role {
        let role = after.default_role.as_deref().unwrap_or("none");
        changes.push(format!("default role {role}"));
    }
    if changes.is_empty() {
        return if before == after {
            "nothing changed".to_owned()
        } else {
            format!("order: {after}")
        };
    }
    changes.join(", ")
}

/// Trimmed; without the rows that were left empty. The order stays.
fn checked_table(typed: &RoleTable) -> Result<RoleTable, SettingsRefusal> {
    let default_role = typed.default_role.as_deref().map(str::trim);
    let mut table = RoleTable::default();
    if let Some(role) = default_role.filter(|role| !role.is_empty()) {
        table.default_role = Some(checked_name(role)?.to_owned());
    }
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
    typed
        .rules
        .retain(|rule| !(rule.group.trim().is_empty() && rule.role.trim().is_empty()));
    shortened_rules(typed)
}

/// The same, with rows that are still empty.
fn shortened_rules(mut typed: RoleTable) -> RoleTable {
    typed.rules.truncate(MAX_RULES);
    for rule in &mut typed.rules {
        rule.group = parse::shortened(&rule.group);
        rule.role = parse::shortened(&rule.role);
    }
    typed.default_role = typed.default_role.as_deref().map(parse::shortened);
    typed
}
