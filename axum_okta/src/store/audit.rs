//! The audit trail: kept for a year, newest first, a page at a time.

use okta_types::{AuditEntry, AuditPage};
use sqlx::Row;

use super::{NO_LIMIT, Store, microseconds, now};
use crate::error::StoreError;

const PAGE: usize = 20;
const KEPT_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Of what strangers can cause: a flood of it must neither fill the disk nor push out what people and admins did.
const BY_STRANGERS: i64 = 10_000;

impl Store {
    pub(crate) async fn put_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let _in_line = self.writing.lock().await;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("INSERT INTO okta_audit (id, at, event, entry) VALUES ($1, $2, $3, $4)")
            .bind(crate::random_token())
            .bind(microseconds())
            .bind(entry.event.as_str())
            .bind(serde_json::json!(entry).to_string())
            .execute(&mut *transaction)
            .await?;
        if entry.event.is_open_to_strangers() {
            sqlx::query(
                "DELETE FROM okta_audit WHERE id IN (SELECT id FROM okta_audit WHERE event = $1 \
                 ORDER BY at DESC LIMIT $2 OFFSET $3)",
            )
            .bind(entry.event.as_str())
            .bind(NO_LIMIT)
            .bind(BY_STRANGERS)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The newest entries, or those before the given place, which an earlier page named. A place that no page named
    /// gives the newest.
    pub(crate) async fn audit(&self, before: Option<&str>) -> Result<AuditPage, StoreError> {
        let (at, id) = before
            .and_then(|before| before.split_once('-'))
            .and_then(|(at, id)| Some((at.parse().ok()?, id)))
            .unwrap_or((i64::MAX, ""));
        let rows = sqlx::query(
            "SELECT at, id, entry FROM okta_audit WHERE at < $1 OR (at = $1 AND id < $2) \
             ORDER BY at DESC, id DESC LIMIT $3",
        )
        .bind(at)
        .bind(id)
        .bind(PAGE as i64 + 1)
        .fetch_all(&self.pool)
        .await?;

        let mut page = AuditPage::default();
        for row in rows.iter().take(PAGE) {
            // An entry of a newer version, with an event that this one does not know, is left out.
            if let Ok(entry) = serde_json::from_str(row.try_get("entry")?) {
                page.entries.push(entry);
            }
        }
        if let Some(last) = rows.get(PAGE - 1).filter(|_| rows.len() > PAGE) {
            let at: i64 = last.try_get("at")?;
            let id: String = last.try_get("id")?;
            page.next = Some(format!("{at}-{id}"));
        }
        Ok(page)
    }

    pub(crate) async fn delete_old_audit(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_audit WHERE at < $1")
            .bind((now().0 - KEPT_SECONDS) * 1_000_000)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
