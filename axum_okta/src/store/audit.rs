//! The audit trail: kept for a year, newest first, a page at a time.

use std::time::Instant;

use okta_types::{AuditEntry, AuditPage};
use sqlx::{AnyPool, Row};

use super::{Change, NO_LIMIT, Store, StoreError, elapsed, microseconds};

const PAGE: usize = 20;
const KEPT_MICROSECONDS: i64 = 365 * 24 * 60 * 60 * 1_000_000;
/// Of what strangers can cause: a flood of it must neither fill the disk nor push out what people and admins did.
const BY_STRANGERS: i64 = 10_000;

/// A wall clock may jump. A year has only passed if one has since the newest entry there was when this process started,
/// so that a jump to the future deletes nothing.
pub(super) struct Clock {
    newest_at_start: i64,
    started: Instant,
}

impl Clock {
    pub(super) async fn start(pool: &AnyPool) -> Result<Self, StoreError> {
        Ok(Self {
            newest_at_start: newest(pool).await?.unwrap_or_else(microseconds),
            started: Instant::now(),
        })
    }

    /// Entries from before this moment are old.
    fn cutoff(&self) -> i64 {
        let by_uptime = self.newest_at_start.saturating_add(elapsed(self.started));
        microseconds().min(by_uptime) - KEPT_MICROSECONDS
    }
}

async fn newest(executor: impl sqlx::AnyExecutor<'_>) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT at FROM okta_audit ORDER BY at DESC, id DESC LIMIT 1")
        .fetch_optional(executor)
        .await?;
    Ok(row.map(|row| row.try_get("at")).transpose()?)
}

impl Store {
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
}

impl Change<'_> {
    /// Entries stand in the order in which they came, also after the clock was set back.
    pub(crate) async fn put_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let newest = newest(&mut *self.transaction).await?.unwrap_or_default();
        sqlx::query("INSERT INTO okta_audit (id, at, event, entry) VALUES ($1, $2, $3, $4)")
            .bind(crate::random_token())
            .bind(microseconds().max(newest + 1))
            .bind(entry.event.as_str())
            .bind(serde_json::json!(entry).to_string())
            .execute(&mut *self.transaction)
            .await?;
        if entry.event.is_open_to_strangers() {
            sqlx::query(
                "DELETE FROM okta_audit WHERE id IN (SELECT id FROM okta_audit WHERE event = $1 \
                 ORDER BY at DESC LIMIT $2 OFFSET $3)",
            )
            .bind(entry.event.as_str())
            .bind(NO_LIMIT)
            .bind(BY_STRANGERS)
            .execute(&mut *self.transaction)
            .await?;
        }
        Ok(())
    }

    pub(super) async fn delete_old_audit(&mut self) -> Result<(), StoreError> {
        let cutoff = self.store.audit_clock.cutoff();
        sqlx::query("DELETE FROM okta_audit WHERE at < $1")
            .bind(cutoff)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
