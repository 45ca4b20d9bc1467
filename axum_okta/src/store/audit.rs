//! The audit trail: kept for a year in which the app runs, newest first, a page at a time.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use okta_types::{AuditEntry, AuditEvent, AuditPage, AuditQuery, RecentActivity};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{Change, NO_LIMIT, Store, StoreError, microseconds, now};

const PAGE: usize = 20;
/// Rows read at a time while a page is filled: who did something is known only once an entry is
/// parsed.
const BATCH: i64 = 500;
const RECENT_SECONDS: i64 = 24 * 60 * 60;
const KEPT_MICROSECONDS: i64 = 365 * 24 * 60 * 60 * 1_000_000;
/// Of what strangers can cause: a flood of it must neither fill the disk nor push out what people
/// and admins did.
const BY_STRANGERS: i64 = 10_000;

/// Entries by strangers between two looks at how many there are: a look costs more than an entry.
const UNCOUNTED: u32 = 100;

/// From when on the trail is kept: a setting, in microseconds.
const KEPT_FROM: &str = "audit_kept_from";

/// How long this process has run since the trail was last swept.
pub(super) struct SinceSweep(Mutex<Instant>);

impl SinceSweep {
    pub(super) fn start() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    /// In microseconds. Begins anew.
    fn take(&self) -> i64 {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = since.elapsed();
        *since = Instant::now();
        i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
    }
}

/// How many entries by strangers this process has written since it looked how many there are. At first
/// nobody knows.
pub(super) struct Uncounted(AtomicU32);

impl Uncounted {
    pub(super) fn start() -> Self {
        Self(AtomicU32::new(UNCOUNTED))
    }

    /// Counts an entry, and returns whether it is time to look.
    fn one_more(&self) -> bool {
        let is_time = self.0.fetch_add(1, Ordering::Relaxed) >= UNCOUNTED;
        if is_time {
            self.0.store(0, Ordering::Relaxed);
        }
        is_time
    }
}

/// Entries from before this moment are old. A wall clock may jump, and stay wrong from one start to
/// the next, so this moves on by no more than servers have run: time in which none ran is not
/// counted, and a wrong clock deletes nothing.
fn kept_from(before: i64, uptime: i64) -> i64 {
    (microseconds() - KEPT_MICROSECONDS).clamp(before, before.saturating_add(uptime))
}

async fn newest(executor: impl sqlx::AnyExecutor<'_>) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT at FROM okta_audit ORDER BY at DESC, id DESC LIMIT 1")
        .fetch_optional(executor)
        .await?;
    Ok(row.map(|row| row.try_get("at")).transpose()?)
}

impl Store {
    /// The page that is asked for. A place that no page named gives the newest.
    pub(crate) async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, StoreError> {
        if let Some(after) = query.after.as_deref().and_then(Place::parse) {
            let mut newer = self
                .entries(query, Some(&after), Order::OldestFirst, PAGE + 1)
                .await?;
            // At the newest end a page is as full as the first one.
            if newer.len() > PAGE {
                newer.truncate(PAGE);
                newer.reverse();
                let mut page = AuditPage::default();
                page.next = newer.last().map(|(place, _)| place.to_string());
                page.previous = newer.first().map(|(place, _)| place.to_string());
                page.entries = newer.into_iter().map(|(_, entry)| entry).collect();
                return Ok(page);
            }
        }
        let before = query.before.as_deref().and_then(Place::parse);
        let before = before.filter(|_| query.after.is_none());
        let mut found = self
            .entries(query, before.as_ref(), Order::NewestFirst, PAGE + 1)
            .await?;
        let has_more = found.len() > PAGE;
        found.truncate(PAGE);
        let place = |found: Option<&(Place, AuditEntry)>| found.map(|(place, _)| place.to_string());
        let mut page = AuditPage::default();
        page.next = place(found.last().filter(|_| has_more));
        page.previous = place(found.first().filter(|_| before.is_some()));
        page.entries = found.into_iter().map(|(_, entry)| entry).collect();
        Ok(page)
    }

    /// Up to `BATCH` matching entries older than the place, for an export, and the place to go on
    /// at.
    pub(crate) async fn audit_batch(
        &self,
        query: &AuditQuery,
        before: Option<&Place>,
    ) -> Result<(Vec<AuditEntry>, Option<Place>), StoreError> {
        let (rows, last) = self.batch(query, before, Order::NewestFirst, BATCH).await?;
        Ok((rows.into_iter().map(|(_, entry)| entry).collect(), last))
    }

    /// The first entries that match beyond the place, at most `limit`.
    async fn entries(
        &self,
        query: &AuditQuery,
        beyond: Option<&Place>,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Place, AuditEntry)>, StoreError> {
        let size = if query.person.is_some() || query.subject.is_some() {
            BATCH
        } else {
            limit as i64
        };
        let (mut found, mut last) = self.batch(query, beyond, order, size).await?;
        while let Some(place) = last.filter(|_| found.len() < limit) {
            let (more, next) = self.batch(query, Some(&place), order, size).await?;
            found.extend(more);
            last = next;
        }
        found.truncate(limit);
        Ok(found)
    }

    /// What matches among the next `size` rows, and where to go on unless these were the last.
    async fn batch(
        &self,
        query: &AuditQuery,
        beyond: Option<&Place>,
        order: Order,
        size: i64,
    ) -> Result<(Vec<(Place, AuditEntry)>, Option<Place>), StoreError> {
        let (comparison, direction, end) = match order {
            Order::NewestFirst => ("<", "DESC", i64::MAX),
            Order::OldestFirst => (">", "ASC", i64::MIN),
        };
        // Of all entries those of one connection may be few, so that the index has to find them.
        let about = match query.connection {
            Some(_) => "AND connection <> '' AND connection = $5",
            None => "",
        };
        let sql = format!(
            "SELECT at, id, entry FROM okta_audit WHERE (at {comparison} $1 OR (at = $1 AND id {comparison} $2)) \
             AND ($3 = '' OR event = $3) {about} ORDER BY at {direction}, id {direction} LIMIT $4"
        );
        let (at, id) = beyond.map_or((end, ""), |place| (place.at, place.id.as_str()));
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(at)
            .bind(id)
            .bind(query.event.map_or("", AuditEvent::as_str))
            .bind(size);
        let select = match &query.connection {
            // PostgreSQL takes no NUL in a text.
            Some(connection) => select.bind(connection.replace('\0', "")),
            None => select,
        };
        let rows = select.fetch_all(&self.pool).await?;
        let mut found = Vec::new();
        for row in &rows {
            // An entry of a newer version, with an event that this one does not know, is left out.
            if let Ok(entry) = serde_json::from_str(row.try_get("entry")?)
                && query.matches(&entry)
            {
                found.push((Place::of(row)?, entry));
            }
        }
        let full = rows.last().filter(|_| rows.len() as i64 == size);
        Ok((found, full.map(Place::of).transpose()?))
    }

    /// For a first look at the settings, of one connection or of all.
    pub(crate) async fn recent_activity(
        &self,
        connection: Option<&str>,
    ) -> Result<RecentActivity, StoreError> {
        let mut query = AuditQuery::default().event(AuditEvent::SignedIn);
        query.connection = connection.map(str::to_owned);
        let last = self.entries(&query, None, Order::NewestFirst, 1).await?;
        Ok(RecentActivity::new(
            last.into_iter().next().map(|(_, entry)| entry),
            self.count_recent(AuditEvent::SignInRefused, connection)
                .await?,
            self.count_recent(AuditEvent::GroupsMissing, connection)
                .await?,
        ))
    }

    async fn count_recent(
        &self,
        event: AuditEvent,
        connection: Option<&str>,
    ) -> Result<u64, StoreError> {
        let select = sqlx::query(
            "SELECT COUNT(*) AS n FROM okta_audit WHERE event = $1 AND at >= $2 \
             AND ($3 = '' OR connection = $3)",
        );
        let row = select
            .bind(event.as_str())
            .bind((now().0 - RECENT_SECONDS) * 1_000_000)
            .bind(connection.unwrap_or_default())
            .fetch_one(&self.pool)
            .await?;
        let count: i64 = row.try_get("n")?;
        Ok(count.unsigned_abs())
    }
}

impl Change<'_> {
    /// Entries stand in the order in which they came, also after the clock was set back.
    pub(crate) async fn put_audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        let newest = newest(&mut *self.transaction).await?.unwrap_or_default();
        let insert = sqlx::query(
            "INSERT INTO okta_audit (id, at, event, entry, connection) VALUES ($1, $2, $3, $4, $5)",
        );
        insert
            .bind(crate::random_token())
            .bind(microseconds().max(newest + 1))
            .bind(entry.event.as_str())
            .bind(serde_json::json!(entry).to_string())
            .bind(entry.connection.as_deref().unwrap_or_default())
            .execute(&mut *self.transaction)
            .await?;
        if entry.event.is_open_to_strangers() && self.store.by_strangers.one_more() {
            self.delete_audit_by_strangers().await?;
        }
        Ok(())
    }

    /// What is too much of it.
    async fn delete_audit_by_strangers(&mut self) -> Result<(), StoreError> {
        let events = AuditEvent::ALL.into_iter();
        for event in events.filter(|event| event.is_open_to_strangers()) {
            sqlx::query(
                "DELETE FROM okta_audit WHERE id IN (SELECT id FROM okta_audit WHERE event = $1 \
                 ORDER BY at DESC LIMIT $2 OFFSET $3)",
            )
            .bind(event.as_str())
            .bind(NO_LIMIT)
            .bind(BY_STRANGERS)
            .execute(&mut *self.transaction)
            .await?;
        }
        Ok(())
    }

    pub(super) async fn delete_old_audit(&mut self) -> Result<(), StoreError> {
        let before = match self.setting(KEPT_FROM).await?.map(|at| at.parse()) {
            Some(Ok(at)) => at,
            // Whatever was written last was written before now.
            Some(Err(_)) | None => {
                let newest = newest(&mut *self.transaction).await?;
                newest.unwrap_or_else(microseconds) - KEPT_MICROSECONDS
            }
        };
        let kept_from = kept_from(before, self.store.since_sweep.take());
        sqlx::query("DELETE FROM okta_audit WHERE at < $1")
            .bind(kept_from)
            .execute(&mut *self.transaction)
            .await?;
        self.put_setting(KEPT_FROM, &kept_from.to_string()).await
    }
}

#[derive(Clone, Copy)]
enum Order {
    NewestFirst,
    OldestFirst,
}

/// Where an entry is in the trail. Written as `MICROSECONDS-ID`.
pub(crate) struct Place {
    at: i64,
    id: String,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        // PostgreSQL takes no NUL in a text.
        let (at, id) = text.split_once('-').filter(|_| !text.contains('\0'))?;
        Some(Self {
            at: at.parse().ok()?,
            id: id.to_owned(),
        })
    }

    fn of(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            at: row.try_get("at")?,
            id: row.try_get("id")?,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_passed_only_if_it_was_lived_through() {
        const HOUR: i64 = 60 * 60 * 1_000_000;
        let year_ago = microseconds() - KEPT_MICROSECONDS;
        let ten_years = 10 * KEPT_MICROSECONDS;
        // The wall clock stands ten years ahead of all that was ever swept.
        let before = year_ago - ten_years;
        assert_eq!(kept_from(before, HOUR), before + HOUR);
        // It stands right.
        let now = kept_from(year_ago - HOUR / 2, HOUR);
        assert!(now >= year_ago && now < year_ago + HOUR / 2);
        // It was set back: nothing is undone, nothing is deleted.
        let before = year_ago + ten_years;
        assert_eq!(kept_from(before, HOUR), before);
    }
}
