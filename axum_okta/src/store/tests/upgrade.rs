//! Servers of the version before this one run on beside it (docs/deploy.md, Upgrade).

use sqlx::AssertSqlSafe;

use super::Database;

/// Every statement of the version before, once, with values. Each finds or changes at least a row.
const STATEMENTS: &str = include_str!("previous_version.sql");

pub(super) async fn statements_of_the_version_before_work(database: Database) {
    let store = database.open().await;
    for statement in STATEMENTS.split(";\n").map(str::trim) {
        if statement.is_empty() {
            continue;
        }
        let query = sqlx::query(AssertSqlSafe(statement.to_owned()));
        let rows = if statement.starts_with("SELECT") {
            query
                .fetch_all(&store.pool)
                .await
                .map(|rows| rows.len() as u64)
        } else {
            query
                .execute(&store.pool)
                .await
                .map(|done| done.rows_affected())
        };
        let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert!(rows > 0, "{statement}");
    }
}
