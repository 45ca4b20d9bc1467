//! Many rows as one parameter: see [`Database::elements`](super::database::Database::elements).

use serde::Serialize;
use sqlx::AssertSqlSafe;

use super::{Change, StoreError};

/// Rows in one statement, which is far from taking as long as a statement may.
pub(super) const AT_ONCE: usize = 10_000;

impl Change<'_> {
    /// Executes a statement whose only parameter is an array of rows.
    pub(super) async fn execute_with_rows(
        &mut self,
        sql: &str,
        rows: &[impl Serialize],
    ) -> Result<(), StoreError> {
        for rows in rows.chunks(AT_ONCE) {
            let statement = sqlx::query(AssertSqlSafe(sql));
            let statement = statement.bind(serde_json::json!(rows).to_string());
            statement.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }
}
