//! The groups that role tables may choose from: those of people who signed in, connection by
//! connection.

use std::collections::HashSet;

use okta_types::{RoleTable, SeenGroup, Timestamp};
use sqlx::{AssertSqlSafe, Row};

use super::{Change, NO_LIMIT, Store, StoreError, now};

/// Nobody reads a longer list of choices.
const CHOICES: usize = 500;
/// One sign-in remembers no more, whatever number of groups somebody is in.
const REMEMBERED_AT_ONCE: usize = 1000;
/// When a group was seen last is known to the hour.
const NOTED_SECONDS: i64 = 60 * 60;
/// All sign-ins through a connection together remember no more; those that were not seen for
/// longest give way.
const REMEMBERED: i64 = 5000;

impl Store {
    /// The groups seen last, by name, and those of the table that were ever seen.
    pub(crate) async fn seen_groups(
        &self,
        connection: &str,
        table: &RoleTable,
    ) -> Result<Vec<SeenGroup>, StoreError> {
        let select = sqlx::query(
            "SELECT name, last_seen FROM okta_connection_group WHERE connection = $1 \
             ORDER BY last_seen DESC, name",
        );
        let rows = select.bind(connection).fetch_all(&self.pool).await?;
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

    /// Whether all of these groups were noted lately, so that there is nothing to
    /// [remember](Change::remember_groups). Most people of a company share groups, and would wait
    /// for one another.
    pub(crate) async fn has_noted_groups(
        &self,
        connection: &str,
        groups: &[String],
    ) -> Result<bool, StoreError> {
        let groups = remembered(groups);
        if groups.is_empty() {
            return Ok(true);
        }
        let select = format!(
            "SELECT COUNT(*) AS n FROM okta_connection_group \
             WHERE connection = $1 AND last_seen > $2 AND name IN (SELECT value ->> 0 FROM {})",
            self.database.elements("$3")
        );
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(connection)
            .bind(now().0 - NOTED_SECONDS)
            .bind(elements(&groups))
            .fetch_one(&self.pool)
            .await?;
        let noted: i64 = row.try_get("n")?;
        Ok(noted == groups.len() as i64)
    }
}

/// Each once: one statement must not write a row twice. Without those that PostgreSQL cannot store.
fn remembered(groups: &[String]) -> HashSet<&String> {
    let groups = groups.iter().filter(|name| !name.contains('\0'));
    groups.take(REMEMBERED_AT_ONCE).collect()
}

/// As one parameter: see [`Database::elements`](super::database::Database::elements).
fn elements(groups: &HashSet<&String>) -> String {
    let groups = groups.iter().map(|group| [group]);
    serde_json::json!(groups.collect::<Vec<_>>()).to_string()
}

impl Change<'_> {
    /// Notes the groups of somebody who signed in, as choices for the connection's role table.
    pub(crate) async fn remember_groups(
        &mut self,
        connection: &str,
        groups: &[String],
    ) -> Result<(), StoreError> {
        let groups = remembered(groups);
        if groups.is_empty() {
            return Ok(());
        }
        let insert = format!(
            "INSERT INTO okta_connection_group (connection, name, last_seen) \
             SELECT $1, value ->> 0, $2 FROM {} WHERE true \
             ON CONFLICT (connection, name) DO UPDATE SET last_seen = excluded.last_seen",
            self.store.database.elements("$3")
        );
        sqlx::query(AssertSqlSafe(insert))
            .bind(connection)
            .bind(now().0)
            .bind(elements(&groups))
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query(
            "DELETE FROM okta_connection_group WHERE connection = $1 AND name IN \
             (SELECT name FROM okta_connection_group WHERE connection = $1 \
             ORDER BY last_seen DESC, name LIMIT $2 OFFSET $3)",
        )
        .bind(connection)
        .bind(NO_LIMIT)
        .bind(REMEMBERED)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// All of a connection that is deleted.
    pub(crate) async fn delete_groups_of(&mut self, connection: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection_group WHERE connection = $1")
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
