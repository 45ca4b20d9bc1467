//! That whoever Okta has pushed is looked up, and not sought among everybody.

use sqlx::{AssertSqlSafe, Row};

use super::{Database, execute};
use crate::store::{
    By,
    scim_changes::select_changes,
    scim_emails::{BY_EMAIL, TO_INDEX},
    scim_members::{delete_members, select_memberships, select_people},
    scim_resources::select_by,
};

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
    for (by, key) in [
        (By::Id(""), "(connection=? AND kind=? AND id=?)"),
        (By::Name(""), "(name_key=? AND connection=? AND kind=?)"),
        (
            By::ExternalId(""),
            "(external_id=? AND connection=? AND kind=?)",
        ),
    ] {
        let steps = plan(select_by(by, "")).await;
        assert!(steps[0].contains(key), "{steps:?}");
    }
    let elements = store.database.elements("$3");
    let steps = plan(delete_members(&elements)).await;
    let key = "(connection=? AND group_id=? AND person_id=?)";
    assert!(steps[0].contains(key), "{steps:?}");
    let steps = plan(select_people("id", &elements)).await;
    let key = "(connection=? AND kind=? AND id=?)";
    assert!(steps.iter().any(|step| step.contains(key)), "{steps:?}");
    let steps = plan(select_changes("")).await;
    let looked_up = steps.iter().filter(|step| step.contains(key));
    assert_eq!(looked_up.count(), 2, "{steps:?}");
    let steps = plan(BY_EMAIL.to_owned()).await;
    let key = "(connection=? AND email_key=? AND person_id>?)";
    assert!(steps[0].contains(key), "{steps:?}");
    let steps = plan(TO_INDEX.to_owned()).await;
    let index = "USING INDEX okta_scim_resource_emails";
    assert!(steps[0].contains(index), "{steps:?}");
    for (of, other, kind) in [
        ("group_id", "person_id", "User"),
        ("person_id", "group_id", "Group"),
    ] {
        for count in [1, 3] {
            let steps = plan(select_memberships(of, other, kind, count)).await;
            let members = format!("(connection=? AND {of}=?)");
            assert!(steps[0].contains(&members), "{steps:?}");
            assert!(
                steps[1].contains("(connection=? AND kind=? AND id=?)"),
                "{steps:?}"
            );
        }
    }
}

/// PostgreSQL has counted nothing in a new database, and takes whatever it doesn't know for few.
#[tokio::test]
async fn nobody_is_looked_up_by_walking_through_those_whom_nobody_has_counted() {
    let database = Database::postgres().await;
    let store = database.open().await;
    let conditions = async |sql: String| {
        let sql = (1..=4).fold(sql, |sql, at| sql.replace(&format!("${at}"), "'0'"));
        let sql = AssertSqlSafe(format!("EXPLAIN {sql}"));
        let steps = sqlx::query(sql).fetch_all(&store.pool).await.unwrap();
        let steps = steps.iter().map(|step| step.get::<String, _>(0));
        let conditions = steps.filter(|step| step.contains("Index Cond:"));
        conditions.collect::<String>()
    };
    for people in [0, 3000] {
        execute(
            &store,
            &format!(
                "INSERT INTO okta_scim_resource (connection, kind, id, name, name_key, external_id, active, content, \
                 version, created_at, changed_at) SELECT 'okta', 'User', 'p' || n, 'p' || n, 'p' || n, '00u' || n, 1, \
                 repeat('{{}}', 300), 1, 1, 1 FROM generate_series(1, {people}) AS n"
            ),
        )
        .await;
        for (by, column) in [
            (By::Id(""), "id"),
            (By::Name(""), "name_key"),
            (By::ExternalId(""), "external_id"),
        ] {
            let found = conditions(select_by(by, "")).await;
            assert!(found.contains(&format!("({column} = ")), "{found}");
        }
        let elements = store.database.elements("$2");
        for (sql, looked_up) in [
            (select_people("id", &elements), 1),
            (select_changes(""), 2),
            (BY_EMAIL.to_owned(), 1),
            (select_memberships("group_id", "person_id", "User", 1), 1),
            (select_memberships("person_id", "group_id", "Group", 1), 1),
        ] {
            let found = conditions(sql).await;
            assert_eq!(found.matches("(id = ").count(), looked_up, "{found}");
        }
    }
}
