use std::{collections::HashSet, fmt};

use serde::{Deserialize, Serialize};

/// The role that gives access to the settings.
pub const ADMIN: &str = "admin";

/// Maps Okta groups to this app's roles. The order is the priority: a person's first matching role
/// comes first.
///
/// ```
/// use okta_types::{RoleRule, RoleTable};
///
/// let rules = vec![RoleRule::new("Engineering", "editor"), RoleRule::new("Everyone", "reader")];
/// let table = RoleTable::new(rules).with_default_role("guest");
/// let groups = ["Everyone".to_owned(), "Engineering".to_owned()];
/// assert_eq!(table.roles_of(&groups), ["editor", "reader"]);
/// assert_eq!(table.roles_of(&[]), ["guest"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct RoleTable {
    /// The rules, in order of priority.
    pub rules: Vec<RoleRule>,
    /// The role of people who match no rule.
    pub default_role: Option<String>,
}

/// Gives the role to everyone in the group. Both names are case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct RoleRule {
    /// The group's name in Okta.
    pub group: String,
    /// The role's name in this app.
    pub role: String,
}

impl RoleRule {
    /// Creates a rule.
    #[must_use]
    pub fn new(group: impl Into<String>, role: impl Into<String>) -> Self {
        Self {
            group: group.into(),
            role: role.into(),
        }
    }
}

/// Formats as `Engineering → editor, Everyone → reader; otherwise guest`.
impl fmt::Display for RoleTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rules.is_empty() {
            f.write_str("no rules")?;
        }
        for (index, RoleRule { group, role }) in self.rules.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{group} → {role}")?;
        }
        match &self.default_role {
            Some(role) => write!(f, "; otherwise {role}"),
            None => Ok(()),
        }
    }
}

impl RoleTable {
    /// Creates a table with these rules and no default role.
    #[must_use]
    pub fn new(rules: Vec<RoleRule>) -> Self {
        Self {
            rules,
            default_role: None,
        }
    }

    /// Sets the role of people who match no rule.
    #[must_use]
    pub fn with_default_role(mut self, role: impl Into<String>) -> Self {
        self.default_role = Some(role.into());
        self
    }

    /// Returns the roles of somebody in these groups, in order of priority, without duplicates.
    #[must_use]
    pub fn roles_of(&self, groups: &[String]) -> Vec<String> {
        self.roles_with(groups, &[])
    }

    /// Returns the same of somebody whom Okta has assigned these roles, too. They come after those
    /// of the table, and whoever has one gets no default role.
    #[must_use]
    pub fn roles_with(&self, groups: &[String], assigned: &[String]) -> Vec<String> {
        let groups: HashSet<&str> = groups.iter().map(String::as_str).collect();
        let mut roles: Vec<String> = Vec::new();
        for rule in &self.rules {
            if groups.contains(rule.group.as_str()) && !roles.contains(&rule.role) {
                roles.push(rule.role.clone());
            }
        }
        for role in assigned {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        if roles.is_empty() {
            roles.extend(self.default_role.clone());
        }
        roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_given_by_two_groups_is_there_once_at_its_highest_place() {
        let table = RoleTable {
            rules: vec![
                RoleRule::new("a", "reader"),
                RoleRule::new("b", "editor"),
                RoleRule::new("c", "reader"),
            ],
            default_role: None,
        };
        let groups = ["c", "b", "a"].map(str::to_owned);
        assert_eq!(table.roles_of(&groups), ["reader", "editor"]);
    }

    #[test]
    fn assigned_roles_come_after_those_of_the_table_and_in_place_of_the_default() {
        let table = RoleTable::new(vec![RoleRule::new("a", "reader")]).with_default_role("guest");
        let assigned = ["editor", "reader"].map(str::to_owned);
        let groups = ["a".to_owned()];
        assert_eq!(table.roles_with(&groups, &assigned), ["reader", "editor"]);
        assert_eq!(table.roles_with(&[], &assigned[..1]), ["editor"]);
        assert_eq!(table.roles_with(&[], &[]), ["guest"]);
    }

    #[test]
    fn groups_are_compared_letter_for_letter() {
        let table = RoleTable {
            rules: vec![RoleRule::new("Admins", ADMIN)],
            default_role: None,
        };
        for other in ["admins", "Admins ", "ADMINS", "Admins\0", "Ａdmins"] {
            assert!(table.roles_of(&[other.to_owned()]).is_empty(), "{other:?}");
        }
    }
}
