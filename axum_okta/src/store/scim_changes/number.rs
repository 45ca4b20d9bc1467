//! Storing changes, numbering them, and forgetting old ones.

use sqlx::{AssertSqlSafe, Row};

use super::ScimChange;
use crate::store::{Change, StoreError, now, scim_resources::sorted_id};

/// Rows in one statement, and changes in a batch.
const AT_ONCE: usize = 500;
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

/// Changes of one connection that are committed together.
pub(in crate::store) struct Batch {
    id: String,
    connection: String,
    /// How many.
    changes: i64,
}

/// The columns of a change.
struct Columns<'c> {
    what: &'static str,
    group: &'c str,
    person: &'c str,
    external_id: &'c str,
}

impl ScimChange {
    fn columns(&self) -> Columns<'_> {
        let (what, group, person, external_id) = match self {
            Self::Person(id) => ("person", "", &**id, ""),
            Self::PersonDeleted { id, external_id } => {
                ("person_deleted", "", &**id, &**external_id)
            }
            Self::Group(id) => ("group", &**id, "", ""),
            Self::GroupDeleted(id) => ("group_deleted", &**id, "", ""),
            Self::Member { group, person } => ("member", &**group, &**person, ""),
            Self::MemberRemoved { group, person } => ("member_removed", &**group, &**person, ""),
            Self::ConnectionDeleted => ("connection_deleted", "", "", ""),
        };
        Columns {
            what,
            group,
            person,
            external_id,
        }
    }
}

impl Change<'_> {
    /// Stores what has changed, still without numbers: however much it is, nobody waits for it.
    pub(in crate::store) async fn insert_scim_changes(&mut self) -> Result<Vec<Batch>, StoreError> {
        let changes = std::mem::take(&mut self.scim_changes);
        let by_connection = changes.chunk_by(|(one, _), (other, _)| one == other);
        let parts: Vec<_> = by_connection
            .flat_map(|changes| changes.chunks(AT_ONCE))
            .collect();
        let mut batches = Vec::new();
        for changes in parts {
            let Some((connection, _)) = changes.first() else {
                continue;
            };
            let batch = Batch {
                id: sorted_id(),
                connection: connection.clone(),
                changes: i64::try_from(changes.len()).unwrap_or(i64::MAX),
            };
            let rows: Vec<_> = (0..changes.len())
                .map(|place| {
                    let [a, b, c, d] = [2, 3, 4, 5].map(|column| 4 * place + column);
                    format!("($1, {place}, ${a}, ${b}, ${c}, ${d})")
                })
                .collect();
            let sql = format!(
                "INSERT INTO okta_scim_change (batch, place, what, group_id, person_id, external_id) \
                 VALUES {}",
                rows.join(", ")
            );
            let mut insert = sqlx::query(AssertSqlSafe(sql)).bind(&batch.id);
            for (_, changed) in changes {
                let columns = changed.columns();
                insert = insert
                    .bind(columns.what)
                    .bind(columns.group)
                    .bind(columns.person)
                    .bind(columns.external_id);
            }
            insert.execute(&mut *self.transaction).await?;
            batches.push(batch);
        }
        Ok(batches)
    }

    /// The last thing before the commit: from here on, changes of other servers wait.
    pub(in crate::store) async fn number_scim_changes(
        &mut self,
        batches: &[Batch],
    ) -> Result<(), StoreError> {
        if batches.is_empty() {
            return Ok(());
        }
        let count: i64 = batches.iter().map(|batch| batch.changes).sum();
        let row = sqlx::query(
            "UPDATE okta_scim_position SET newest = newest + $1 WHERE id = 1 RETURNING newest",
        )
        .bind(count)
        .fetch_one(&mut *self.transaction)
        .await?;
        let mut before = row.try_get::<i64, _>("newest")? - count;
        for batches in batches.chunks(AT_ONCE) {
            let rows: Vec<_> = (0..batches.len())
                .map(|at| {
                    let [a, b, c, d] = [2, 3, 4, 5].map(|column| 4 * at + column);
                    format!("(${a}, ${b}, ${c}, ${d}, $1)")
                })
                .collect();
            let sql = format!(
                "INSERT INTO okta_scim_batch (first_number, last_number, id, connection, at) VALUES {}",
                rows.join(", ")
            );
            let mut insert = sqlx::query(AssertSqlSafe(sql)).bind(now().0);
            for batch in batches {
                let last = before + batch.changes;
                insert = insert
                    .bind(before + 1)
                    .bind(last)
                    .bind(&batch.id)
                    .bind(&batch.connection);
                before = last;
            }
            insert.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// About `limit` of what is older than 90 days, and all before it. Returns how many.
    pub(in crate::store) async fn delete_old_scim_changes(
        &mut self,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT COALESCE(MAX(last_number), 0) AS last FROM okta_scim_batch WHERE at < $1 \
             AND first_number < $2 + (SELECT MIN(first_number) FROM okta_scim_batch WHERE at < $1)",
        )
        .bind(now().0 - KEPT_SECONDS)
        .bind(limit)
        .fetch_one(&mut *self.transaction)
        .await?;
        let last: i64 = row.try_get("last")?;
        if last == 0 {
            return Ok(0);
        }
        let mut deleted = 0;
        for delete in [
            "DELETE FROM okta_scim_change WHERE batch IN \
             (SELECT id FROM okta_scim_batch WHERE first_number <= $1)",
            "DELETE FROM okta_scim_batch WHERE first_number <= $1",
            "UPDATE okta_scim_position SET forgotten = $1 WHERE id = 1",
        ] {
            let delete = sqlx::query(delete).bind(last);
            deleted += delete
                .execute(&mut *self.transaction)
                .await?
                .rows_affected();
        }
        Ok(deleted)
    }
}
