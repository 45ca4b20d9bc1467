//! The audit trail.

use okta_types::{Actor, AuditEntry, AuditEvent, AuditPage, AuditQuery};
use sqlx::Row;

use super::{Database, execute};
use crate::store::{Store, now};

async fn put(store: &Store, event: AuditEvent, details: impl IntoIterator<Item = u32>) {
    let mut change = store.change().await.unwrap();
    for detail in details {
        let mut entry = AuditEntry::new(now(), event, Actor::Operator);
        entry.detail = Some(detail.to_string());
        change.put_audit(&entry).await.unwrap();
    }
    change.commit().await.unwrap();
}

fn details(page: &AuditPage) -> Vec<u32> {
    let details = page
        .entries
        .iter()
        .filter_map(|entry| entry.detail.as_ref());
    details.map(|detail| detail.parse().unwrap()).collect()
}

async fn count(store: &Store, event: AuditEvent) -> i64 {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM okta_audit WHERE event = $1")
        .bind(event.as_str())
        .fetch_one(&store.pool)
        .await
        .unwrap();
    row.get("n")
}

fn newest_first(from: u32, to: u32) -> Vec<u32> {
    (to..=from).rev().collect()
}

pub(super) async fn entries_stand_in_their_order_and_are_read_by_the_page(database: Database) {
    let store = database.open().await;
    put(&store, AuditEvent::SignedIn, 1..=5).await;
    // The clock stood an hour ahead, and was set back.
    execute(&store, "UPDATE okta_audit SET at = at + 3600000000").await;
    put(&store, AuditEvent::Checked, 6..=45).await;

    let first = store.audit(&AuditQuery::default()).await.unwrap();
    assert_eq!(details(&first), newest_first(45, 26));
    assert!(first.previous.is_none());
    let mut query = AuditQuery::default();
    query.before = first.next;
    let second = store.audit(&query).await.unwrap();
    assert_eq!(details(&second), newest_first(25, 6));
    query.before = second.next.clone();
    let third = store.audit(&query).await.unwrap();
    assert_eq!(details(&third), newest_first(5, 1));
    assert!(third.next.is_none());
    let mut back = AuditQuery::default();
    back.after = third.previous;
    let back = store.audit(&back).await.unwrap();
    assert_eq!(details(&back), newest_first(25, 6));

    back_to_the_first(&store, "1-\0").await;
    let only = AuditQuery::default().event(AuditEvent::SignedIn);
    assert_eq!(
        details(&store.audit(&only).await.unwrap()),
        newest_first(5, 1)
    );
    let (all, rest) = store
        .audit_batch(&AuditQuery::default(), None)
        .await
        .unwrap();
    assert_eq!((all.len(), rest.is_none()), (45, true));
}

async fn back_to_the_first(store: &Store, no_place: &str) {
    let mut query = AuditQuery::default();
    query.before = Some(no_place.to_owned());
    let page = store.audit(&query).await.unwrap();
    assert_eq!(details(&page), newest_first(45, 26));
}

pub(super) async fn what_strangers_cause_is_bounded_and_pushes_nothing_else_out(
    database: Database,
) {
    let store = database.open().await;
    put(&store, AuditEvent::SignedIn, [1]).await;
    execute(
        &store,
        "INSERT INTO okta_audit (id, at, event, entry) \
         WITH RECURSIVE flood (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM flood WHERE n < 10005) \
         SELECT 'flood ' || n, n, 'sign_in_refused', '{}' FROM flood",
    )
    .await;
    put(&store, AuditEvent::SignInRefused, [2]).await;
    assert_eq!(count(&store, AuditEvent::SignInRefused).await, 10_000);
    assert_eq!(count(&store, AuditEvent::SignedIn).await, 1);
    let page = store.audit(&AuditQuery::default()).await.unwrap();
    assert_eq!(details(&page), [2, 1]);
}

pub(super) async fn entries_of_more_than_a_year_ago_are_swept(database: Database) {
    let store = database.open().await;
    store.sweep().await.unwrap();
    put(&store, AuditEvent::SignedIn, [1]).await;
    years_pass(&store, "okta_audit SET at = at - $years - 60000000", 1).await;
    put(&store, AuditEvent::Checked, [2]).await;
    store.sweep().await.unwrap();
    assert_eq!(count(&store, AuditEvent::SignedIn).await, 0);
    assert_eq!(count(&store, AuditEvent::Checked).await, 1);
}

/// Seen from ten years later, which is where a wrong clock stands.
pub(super) async fn a_clock_that_is_wrong_over_two_starts_sweeps_nothing(database: Database) {
    for swept_before in [true, false] {
        let store = database.open().await;
        if swept_before {
            store.sweep().await.unwrap();
        }
        put(&store, AuditEvent::SignedIn, [1]).await;
        years_pass(&store, "okta_audit SET at = at - $years", 10).await;
        let setting = "okta_setting SET value = CAST(CAST(value AS BIGINT) - $years AS TEXT) \
                       WHERE name = 'audit_kept_from'";
        years_pass(&store, setting, 10).await;
        for start in 0..3 {
            let store = database.open().await;
            store.sweep().await.unwrap();
            put(&store, AuditEvent::Checked, [start]).await;
            store.sweep().await.unwrap();
        }
        assert_eq!(count(&store, AuditEvent::SignedIn).await, 1);
        execute(&store, "DELETE FROM okta_audit").await;
        execute(
            &store,
            "DELETE FROM okta_setting WHERE name = 'audit_kept_from'",
        )
        .await;
    }
}

async fn years_pass(store: &Store, update: &str, years: i64) {
    let microseconds = years * 365 * 24 * 60 * 60 * 1_000_000;
    let update = update.replace("$years", &microseconds.to_string());
    execute(store, &format!("UPDATE {update}")).await;
}
