//! The log of SCIM requests, for the settings page.

use okta_types::{ScimRequest, ScimRequestPage};
use sqlx::{AssertSqlSafe, Row};

use super::{Change, Store, StoreError, now, scim_resources::sorted_id};

const PAGE: usize = 50;
/// Ids begin with a digit or a letter up to `f`.
const AFTER_ALL: &str = "g";
/// Per connection.
const KEPT: i64 = 10_000;
/// Beyond that, deleted at once.
const TRIMMED_AT_ONCE: i64 = 1000;
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

impl Store {
    /// The newest, or those before a place that a page named.
    pub(crate) async fn scim_requests(
        &self,
        connection: &str,
        before: Option<&str>,
        only_refused: bool,
    ) -> Result<ScimRequestPage, StoreError> {
        let only = if only_refused { "AND refused = 1" } else { "" };
        let sql = format!(
            "SELECT id, entry FROM okta_scim_request WHERE connection = $1 {only} AND id < $2 \
             ORDER BY id DESC LIMIT $3"
        );
        let before = before.map(|id| id.replace('\0', ""));
        let before = before.filter(|id| !id.is_empty());
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(before.unwrap_or_else(|| AFTER_ALL.to_owned()))
            .bind(PAGE as i64 + 1)
            .fetch_all(&self.pool)
            .await?;
        let mut page = ScimRequestPage::default();
        for row in rows.iter().take(PAGE) {
            // An entry that only a newer version can read is left out.
            if let Ok(request) = serde_json::from_str::<ScimRequest>(row.try_get("entry")?) {
                page.requests.push(request);
            }
        }
        if rows.len() > PAGE {
            page.next = Some(rows[PAGE - 1].try_get("id")?);
        }
        Ok(page)
    }

    /// The newest that were about this person or group.
    pub(crate) async fn scim_requests_about(
        &self,
        connection: &str,
        resource: &str,
    ) -> Result<Vec<ScimRequest>, StoreError> {
        let rows = sqlx::query(
            "SELECT entry FROM okta_scim_request WHERE connection = $1 AND resource = $2 \
             ORDER BY id DESC LIMIT $3",
        )
        .bind(connection)
        .bind(resource)
        .bind(PAGE as i64)
        .fetch_all(&self.pool)
        .await?;
        let entries = rows.iter().map(|row| row.try_get::<&str, _>("entry"));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        // An entry that only a newer version can read is left out.
        let requests = entries
            .into_iter()
            .filter_map(|entry| serde_json::from_str(entry).ok());
        Ok(requests.collect())
    }

    /// How many of a connection are kept, and how many of those were refused.
    pub(crate) async fn count_scim_requests(
        &self,
        connection: &str,
    ) -> Result<(usize, usize), StoreError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS n, COALESCE(SUM(CASE WHEN refused > 0 THEN 1 ELSE 0 END), 0) AS refused \
             FROM okta_scim_request WHERE connection = $1",
        )
        .bind(connection)
        .fetch_one(&self.pool)
        .await?;
        let [all, refused] = [row.try_get::<i64, _>("n")?, row.try_get("refused")?];
        let count = |n: i64| usize::try_from(n).unwrap_or(0);
        Ok((count(all), count(refused)))
    }
}

impl Change<'_> {
    pub(crate) async fn put_scim_request(
        &mut self,
        connection: &str,
        resource: &str,
        request: &ScimRequest,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_scim_request (connection, id, at, refused, entry, resource) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(connection)
        .bind(sorted_id())
        .bind(request.at.0)
        .bind(i64::from(request.is_refused()))
        .bind(serde_json::json!(request).to_string())
        .bind(resource)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Deletes what a connection has beyond the newest 10,000, or a part of it, and reads those to find it. Returns
    /// whether that was all.
    pub(crate) async fn trim_scim_requests(
        &mut self,
        connection: &str,
    ) -> Result<bool, StoreError> {
        let deleted = sqlx::query(
            "DELETE FROM okta_scim_request WHERE connection = $1 AND id IN \
             (SELECT id FROM okta_scim_request WHERE connection = $1 \
             ORDER BY id DESC LIMIT $2 OFFSET $3)",
        )
        .bind(connection)
        .bind(TRIMMED_AT_ONCE)
        .bind(KEPT)
        .execute(&mut *self.transaction)
        .await?;
        Ok(deleted.rows_affected() < TRIMMED_AT_ONCE.unsigned_abs())
    }

    /// At most `limit` of what is older than 90 days. Gives how many.
    pub(super) async fn delete_old_scim_requests(&mut self, limit: i64) -> Result<u64, StoreError> {
        let deleted = sqlx::query(
            "DELETE FROM okta_scim_request WHERE (connection, id) IN \
             (SELECT connection, id FROM okta_scim_request WHERE at < $1 LIMIT $2)",
        )
        .bind(now().0 - KEPT_SECONDS)
        .bind(limit)
        .execute(&mut *self.transaction)
        .await?;
        Ok(deleted.rows_affected())
    }
}
