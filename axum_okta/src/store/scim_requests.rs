//! The log of SCIM requests, for the settings page.

use okta_types::{ScimRequest, ScimRequestPage};
use sqlx::Row;

use super::{Change, NO_LIMIT, Store, StoreError, now, scim_resources::sorted_id};

const PAGE: usize = 50;
/// Per connection.
const KEPT: i64 = 10_000;
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;

impl Store {
    /// The newest, or those before a place that a page named.
    pub(crate) async fn scim_requests(
        &self,
        connection: &str,
        before: Option<&str>,
        only_refused: bool,
    ) -> Result<ScimRequestPage, StoreError> {
        let rows = sqlx::query(
            "SELECT id, entry FROM okta_scim_request WHERE connection = $1 AND ($2 = '' OR id < $2) \
             AND refused >= $3 ORDER BY id DESC LIMIT $4",
        )
        .bind(connection)
        .bind(before.unwrap_or_default().replace('\0', ""))
        .bind(i64::from(only_refused))
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

    /// What is older than 90 days, and beyond the newest 10,000 of each connection.
    pub(super) async fn delete_old_scim_requests(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_scim_request WHERE at < $1")
            .bind(now().0 - KEPT_SECONDS)
            .execute(&mut *self.transaction)
            .await?;
        let rows = sqlx::query("SELECT DISTINCT connection FROM okta_scim_request")
            .fetch_all(&mut *self.transaction)
            .await?;
        for row in rows {
            sqlx::query(
                "DELETE FROM okta_scim_request WHERE connection = $1 AND id IN \
                 (SELECT id FROM okta_scim_request WHERE connection = $1 \
                 ORDER BY id DESC LIMIT $2 OFFSET $3)",
            )
            .bind(row.try_get::<String, _>("connection")?)
            .bind(NO_LIMIT)
            .bind(KEPT)
            .execute(&mut *self.transaction)
            .await?;
        }
        Ok(())
    }
}
