//! Changing the role table.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::{ADMIN, AuditEvent, GroupsFrom, RoleRule, RoleTable, SettingsRefusal};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Admin, SettingsError, admin::Changing};
use crate::connection::{CONNECTION, parse};

/// Longer than any name of a group or role.
const MAX_NAME_LENGTH: usize = 255;
/// More rules than anybody can keep track of.
const MAX_RULES: usize = 500;

impl Admin {
    /// Returns the role table in use.
    #[must_use]
    pub fn roles(&self) -> RoleTable {
        RoleTable::clone(&self.services.roles.table(&self.connection))
    }

    /// Returns the version of the role table in use, for [`set_roles`](Self::set_roles).
    #[must_use]
    pub fn roles_version(&self) -> String {
        version(&self.services.roles.table(&self.connection))
    }

    /// Stores the role table and uses it from now on, including for people who are signed in. Pass
    /// the `version` that the admin saw, so that it doesn't overwrite what another admin saved in
    /// the meantime.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::MalformedRoles`] if a role or group is invalid,
    /// [`SettingsRefusal::LocksYouOut`] if this admin would lose access,
    /// [`SettingsRefusal::RolesChanged`] if another version is in use,
    /// [`SettingsRefusal::NoGroups`] if the connection doesn't load groups,
    /// [`SettingsError::Store`] if the database doesn't respond.
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
            admin
                .keep(|content| content.roles_draft = draft.clone())
                .await?;
            saved
        })
        .await
    }
}

impl Admin {
    /// Stores a role table that is still being edited, for this browser only. `None` discards it.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn draft_roles(self, typed: Option<RoleTable>) -> Result<(), SettingsError> {
        let draft = typed.map(shortened_rules);
        self.keep(|content| content.roles_draft = draft.clone())
            .await
    }
}

impl Changing {
    async fn set_roles(&self, typed: &RoleTable, seen: Option<&str>) -> Result<(), SettingsError> {
        let admin = &self.admin;
        let roles = &admin.services.roles;
        let name = &*admin.connection;
        let connection = admin.services.connections.named(name);
        if connection.is_none() && name != CONNECTION {
            return Err(SettingsRefusal::UnknownConnection.into());
        }
        admin.refuse_before_sign_in_to_people().await?;
        let before = roles.table(name);
        if seen.is_some_and(|seen| seen != version(&before)) {
            return Err(SettingsRefusal::RolesChanged.into());
        }
        let groups_from = connection.map_or_else(GroupsFrom::default, |in_use| {
            in_use.config.options.groups_from
        });
        let table = self.allowed_table(typed, groups_from).await?;
        let changes = changes(&before, &table);
        if !roles.replace(name, &before, table).await? {
            return Err(SettingsRefusal::RolesChanged.into());
        }
        admin.record(AuditEvent::RolesChanged, changes).await;
        Ok(())
    }
}

impl Changing {
    /// The table without empty rows, if it can be used and leaves access to whoever saves it.
    pub(super) async fn allowed_table(
        &self,
        typed: &RoleTable,
        groups_from: GroupsFrom,
    ) -> Result<RoleTable, SettingsError> {
        let admin = &self.admin;
        let roles = &admin.services.roles;
        let name = &*admin.connection;
        let table = checked_table(typed)?;
        if groups_from == GroupsFrom::Nowhere && !table.rules.is_empty() {
            return Err(SettingsRefusal::NoGroups.into());
        }
        if let Some(identity) = admin.identity.as_ref().filter(|_| admin.has_role())
            && identity.connection == name
            && !roles.is_admin(identity, &table).await?
        {
            return Err(SettingsRefusal::LocksYouOut.into());
        }
        if admin.session.is_none() && !self.leaves_an_admin(&table).await? {
            return Err(SettingsRefusal::LocksYouOut.into());
        }
        Ok(table)
    }

    /// Whether the whole app can have an admin with this table: a program would not notice.
    async fn leaves_an_admin(&self, table: &RoleTable) -> Result<bool, SettingsError> {
        let services = &self.admin.services;
        let name = &*self.admin.connection;
        if name != CONNECTION
            || services.roles.admin_group(name).is_some()
            || table.rules.iter().any(|rule| rule.role == ADMIN)
        {
            return Ok(true);
        }
        let Some(connection) = services.connections.named(name) else {
            return Ok(true);
        };
        let setups = &services.setups;
        Ok(setups.has_named_admin(name, connection.issuer()).await?)
    }
}

/// Differs for every table.
fn version(table: &RoleTable) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(json!(table).to_string()))
}

/// What was added and what was removed.
pub(crate) fn changes(before: &RoleTable, after: &RoleTable) -> String {
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

/// Trimmed, and without empty rows. The order stays.
pub(crate) fn checked_table(typed: &RoleTable) -> Result<RoleTable, SettingsRefusal> {
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
    // Nobody means to make everybody an admin.
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

/// What is stored of a table that couldn't be saved.
fn shortened_table(mut typed: RoleTable) -> RoleTable {
    typed
        .rules
        .retain(|rule| !(rule.group.trim().is_empty() && rule.role.trim().is_empty()));
    shortened_rules(typed)
}

/// The same, but keeps empty rows.
fn shortened_rules(mut typed: RoleTable) -> RoleTable {
    typed.rules.truncate(MAX_RULES);
    for rule in &mut typed.rules {
        rule.group = parse::shortened(&rule.group);
        rule.role = parse::shortened(&rule.role);
    }
    typed.default_role = typed.default_role.as_deref().map(parse::shortened);
    typed
}
