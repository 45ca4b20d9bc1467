//! What Okta has pushed, and the log of its requests.

use sqlx::{AssertSqlSafe, Row};

use super::{Database, execute};
use crate::store::{
    By, Kind,
    scim_members::select_memberships,
    scim_resources::{Resource, select_by},
};

const KEPT: usize = 10_000;

pub(super) async fn the_newest_requests_are_kept(database: Database) {
    let store = database.open().await;
    for (connection, requests) in [("acme", KEPT), ("okta", KEPT + 2100)] {
        execute(
            &store,
            &format!(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {requests}) \
                 INSERT INTO okta_scim_request (connection, id, at, refused, entry) \
                 SELECT '{connection}', CAST(100000 + n AS TEXT), 32503680000, n % 2, '{{}}' FROM numbers"
            ),
        )
        .await;
    }
    execute(
        &store,
        "INSERT INTO okta_scim_request (connection, id, at, refused, entry) VALUES ('acme', '0', 1, 0, '{}')",
    )
    .await;
    store.sweep().await.unwrap();
    for connection in ["acme", "okta"] {
        let kept = store.count_scim_requests(connection).await.unwrap();
        assert_eq!(kept, (KEPT, KEPT / 2), "{connection}");
    }
    let oldest =
        sqlx::query("SELECT MIN(id) AS id FROM okta_scim_request WHERE connection = 'okta'");
    let oldest = oldest.fetch_one(&store.pool).await.unwrap();
    assert_eq!(oldest.get::<String, _>("id"), "102101");
}

pub(super) async fn pages_begin_at_a_position(database: Database) {
    let store = database.open().await;
    let mut change = store.concurrent_change().await.unwrap();
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut person = Resource::new();
        person.id = format!("{number}");
        person.name = format!("person {number}");
        let inserted = change.insert_scim_resource("okta", Kind::User, &person);
        assert!(inserted.await.unwrap());
        ids.push(person.id);
    }
    change.commit().await.unwrap();
    for (position, limit) in [(0, 2), (2, 2), (4, 2), (5, 2), (0, 0)] {
        let page = store.scim_resources_from("okta", Kind::User, position, limit);
        let page: Vec<_> = page.await.unwrap().into_iter().map(|one| one.id).collect();
        let expected: Vec<_> = ids.iter().skip(position).take(limit).cloned().collect();
        assert_eq!(page, expected, "{limit} from {position}");
    }
}

/// SQLite decides without having counted anything, so it decides the same for an empty table.
#[tokio::test]
async fn nobody_is_looked_up_by_walking_through_everybody() {
    let database = Database::sqlite().await;
    let store = database.open().await;
    let plan = async |sql: String| {
        let sql = format!("EXPLAIN QUERY PLAN {sql}");
        let steps = sqlx::query(AssertSqlSafe(sql)).fetch_all(&store.pool).await;
        let steps = steps.unwrap();
        let steps = steps.iter().map(|step| step.get::<String, _>("detail"));
        steps.collect::<Vec<_>>()
    };
    for (by, column) in [
        (By::Id(""), "id"),
        (By::Name(""), "name_key"),
        (By::ExternalId(""), "external_id"),
    ] {
        let steps = plan(select_by(by, "")).await;
        let key = format!("(connection=? AND kind=? AND {column}=?)");
        assert!(steps[0].contains(&key), "{steps:?}");
    }
    for (of, other, kind) in [
        ("group_id", "person_id", "User"),
        ("person_id", "group_id", "Group"),
    ] {
        let steps = plan(select_memberships(of, other, kind, 3)).await;
        let members = format!("(connection=? AND {of}=?)");
        assert!(steps[0].contains(&members), "{steps:?}");
        assert!(
            steps[1].contains("(connection=? AND kind=? AND id=?)"),
            "{steps:?}"
        );
    }
}
