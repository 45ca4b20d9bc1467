//! The role table, and the groups it may choose from.

use std::collections::HashSet;

use okta_types::{RoleTable, SeenGroup, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use super::{Change, NO_LIMIT, Store, StoreError, now};

/// The setting with the role table, as JSON.
const ROLES: &str = "roles";
/// Nobody reads a longer list of choices.
const CHOICES: usize = 500;
/// One sign-in remembers no more, whatever number of groups somebody is in.
const REMEMBERED_AT_ONCE: usize = 1000;
/// All sign-ins together remember no more; those that were not seen for longest give way.
const REMEMBERED: i64 = 5000;

impl Store {
    pub(crate) async fn role_table(&self) -> Result<RoleTable, StoreError> {
        let Some(json) = self.setting(ROLES).await? else {
            return Ok(RoleTable::default());
        };
        serde_json::from_str(&json).map_err(|error| StoreError::Unreadable {
            what: "role table",
            source: error.into(),
        })
    }

    /// The groups seen last, by name, and those of the table that were ever seen.
    pub(crate) async fn seen_groups(
        &self,
        table: &RoleTable,
    ) -> Result<Vec<SeenGroup>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, last_seen FROM okta_group_seen ORDER BY last_seen DESC, name",
        )
        .fetch_all(&self.pool)
        .await?;
        let in_table: HashSet<&str> = table.rules.iter().map(|rule| rule.group.as_str()).collect();
        let mut seen = Vec::new();
        for (place, row) in rows.iter().enumerate() {
            let name: String = row.try_get("name")?;
            if place < CHOICES || in_table.contains(name.as_str()) {
                let last_seen = Timestamp(row.try_get("last_seen")?);
                seen.push(SeenGroup::new(name, last_seen));
            }
        }
        seen.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(seen)
    }
}

impl Change<'_> {
    pub(crate) async fn put_role_table(&mut self, table: &RoleTable) -> Result<(), StoreError> {
        self.put_setting(ROLES, &serde_json::json!(table).to_string())
            .await
    }

    /// Notes the groups of somebody who signed in, as choices for the role table.
    pub(crate) async fn remember_groups(&mut self, groups: &[String]) -> Result<(), StoreError> {
        // Each once: one statement must not write a row twice.
        let groups: HashSet<&String> = groups.iter().take(REMEMBERED_AT_ONCE).collect();
        if groups.is_empty() {
            return Ok(());
        }
        let places: Vec<String> = (0..groups.len())
            .map(|index| format!("(${}, $1)", index + 2))
            .collect();
        let insert = format!(
            "INSERT INTO okta_group_seen (name, last_seen) VALUES {} \
             ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen",
            places.join(", ")
        );
        // Placeholders are all that was put together.
        let mut insert = sqlx::query(AssertSqlSafe(insert)).bind(now().0);
        for group in groups {
            insert = insert.bind(group);
        }
        insert.execute(&mut *self.transaction).await?;
        sqlx::query(
            "DELETE FROM okta_group_seen WHERE name IN (SELECT name FROM okta_group_seen \
             ORDER BY last_seen DESC, name LIMIT $1 OFFSET $2)",
        )
        .bind(NO_LIMIT)
        .bind(REMEMBERED)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}
