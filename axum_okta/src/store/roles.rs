//! The role table, and the groups it may choose from.

use std::collections::HashMap;

use okta_types::{RoleTable, SeenGroup, Timestamp};
use sqlx::Row;

use super::{NO_LIMIT, Store, now};
use crate::error::StoreError;

/// The setting with the role table, as JSON.
const ROLES: &str = "roles";
/// Nobody reads a longer list of choices.
const CHOICES: i64 = 500;
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
            reason: error.to_string(),
        })
    }

    pub(crate) async fn put_role_table(&self, table: &RoleTable) -> Result<(), StoreError> {
        self.put_setting(ROLES, &serde_json::json!(table).to_string())
            .await
    }

    pub(crate) async fn remember_groups(&self, groups: &[String]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for group in groups.iter().take(REMEMBERED_AT_ONCE) {
            sqlx::query(
                "INSERT INTO okta_group_seen (name, last_seen) VALUES ($1, $2) \
                 ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen",
            )
            .bind(group)
            .bind(now().0)
            .execute(&mut *transaction)
            .await?;
        }
        sqlx::query(
            "DELETE FROM okta_group_seen WHERE name IN (SELECT name FROM okta_group_seen \
             ORDER BY last_seen DESC, name LIMIT $1 OFFSET $2)",
        )
        .bind(NO_LIMIT)
        .bind(REMEMBERED)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The groups seen last, by name, and those of the table that were ever seen.
    pub(crate) async fn seen_groups(
        &self,
        table: &RoleTable,
    ) -> Result<Vec<SeenGroup>, StoreError> {
        let newest = sqlx::query(
            "SELECT name, last_seen FROM okta_group_seen ORDER BY last_seen DESC, name LIMIT $1",
        )
        .bind(CHOICES)
        .fetch_all(&self.pool)
        .await?;
        let mut seen: HashMap<String, Timestamp> = HashMap::new();
        for row in newest {
            seen.insert(row.try_get("name")?, Timestamp(row.try_get("last_seen")?));
        }
        for rule in &table.rules {
            if seen.contains_key(&rule.group) {
                continue;
            }
            let row = sqlx::query("SELECT last_seen FROM okta_group_seen WHERE name = $1")
                .bind(&rule.group)
                .fetch_optional(&self.pool)
                .await?;
            if let Some(row) = row {
                seen.insert(rule.group.clone(), Timestamp(row.try_get("last_seen")?));
            }
        }
        let mut seen: Vec<SeenGroup> = seen
            .into_iter()
            .map(|(name, last_seen)| SeenGroup { name, last_seen })
            .collect();
        seen.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(seen)
    }
}
