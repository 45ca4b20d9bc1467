//! Storing changes, numbering them, and forgetting old ones.

use sqlx::Row;

use super::ScimChange;
use crate::store::{Change, StoreError, now, scim_resources::sorted_id};

/// Changes in a batch: they are forgotten together.
const IN_A_BATCH: usize = 500;
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

/// Changes of one connection that are committed together.
pub(in crate::store) struct Batch {
    id: String,
    connection: String,
    /// How many.
    changes: i64,
}

impl ScimChange {
    /// What has changed, its group, its person, and the external ID of a deleted person, as they are stored.
    fn columns(&self) -> [&str; 4] {
        match self {
            Self::Person(id) => ["person", "", id, ""],
            Self::PersonDeleted { id, external_id } => ["person_deleted", "", id, external_id],
            Self::Group(id) => ["group", id, "", ""],
            Self::GroupDeleted(id) => ["group_deleted", id, "", ""],
            Self::Member { group, person } => ["member", group, person, ""],
            Self::MemberRemoved { group, person } => ["member_removed", group, person, ""],
            Self::ConnectionDeleted => ["connection_deleted", "", "", ""],
        }
    }
}

impl Change<'_> {
    /// Stores what has changed, still without numbers: however much it is, nobody waits for it.
    pub(in crate::store) async fn insert_scim_changes(&mut self) -> Result<Vec<Batch>, StoreError> {
        let changes = std::mem::take(&mut self.scim_changes);
        let by_connection = changes.chunk_by(|(one, _), (other, _)| one == other);
        let parts = by_connection.flat_map(|changes| changes.chunks(IN_A_BATCH));
        let batches = parts.filter_map(|changes| {
            let (connection, _) = changes.first()?;
            let batch = Batch {
                id: sorted_id(),
                connection: connection.clone(),
                changes: i64::try_from(changes.len()).unwrap_or(i64::MAX),
            };
            Some((batch, changes))
        });
        let batches: Vec<_> = batches.collect();
        let rows = batches.iter().flat_map(|(batch, changes)| {
            changes
                .iter()
                .enumerate()
                .map(move |(place, (_, changed))| {
                    let [what, group, person, external_id] = changed.columns();
                    (&*batch.id, place, what, group, person, external_id)
                })
        });
        let rows: Vec<_> = rows.collect();
        let insert = format!(
            "INSERT INTO okta_scim_change (batch, place, what, group_id, person_id, external_id) \
             SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), value ->> 2, value ->> 3, value ->> 4, value ->> 5 \
             FROM {}",
            self.store.database.elements("$1")
        );
        self.execute_with_rows(&insert, &rows).await?;
        Ok(batches.into_iter().map(|(batch, _)| batch).collect())
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
        let at = now().0;
        let rows = batches.iter().map(|batch| {
            let first = before + 1;
            before += batch.changes;
            (first, before, &*batch.id, &*batch.connection, at)
        });
        let rows: Vec<_> = rows.collect();
        let insert = format!(
            "INSERT INTO okta_scim_batch (first_number, last_number, id, connection, at) \
             SELECT CAST(value ->> 0 AS BIGINT), CAST(value ->> 1 AS BIGINT), value ->> 2, value ->> 3, \
             CAST(value ->> 4 AS BIGINT) FROM {}",
            self.store.database.elements("$1")
        );
        self.execute_with_rows(&insert, &rows).await
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
