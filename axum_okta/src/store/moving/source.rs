//! The SQLite database that is moved, as it was at one moment. Its server may go on meanwhile.

use sqlx::{Any, AnyConnection, Executor, Row as _, pool::PoolConnection};

use super::{
    MoveError,
    table::{Row, Table, Value},
};
use crate::store::Store;

pub(super) struct Source {
    connection: PoolConnection<Any>,
    version: i64,
}

impl Source {
    /// Everything that is read from here on is of this moment.
    pub(super) async fn snapshot(store: &Store) -> Result<Self, MoveError> {
        let begun = async {
            let mut connection = store.pool.acquire().await?;
            // Whatever happens, nobody else gets it with the transaction.
            connection.close_on_drop();
            connection.execute("BEGIN").await?;
            // The moment is that of the first query.
            connection
                .execute("SELECT name FROM okta_setting LIMIT 1")
                .await?;
            let version = data_version(&mut connection).await?;
            Ok(Self {
                connection,
                version,
            })
        };
        begun.await.map_err(unreadable)
    }

    /// Ends the moment. Gives whether anybody has changed anything since.
    pub(super) async fn has_changed(mut self) -> Result<bool, MoveError> {
        let ended = async {
            self.connection.execute("COMMIT").await?;
            Ok(data_version(&mut self.connection).await? != self.version)
        };
        ended.await.map_err(unreadable)
    }

    pub(super) async fn tables(&mut self) -> Result<Vec<Table>, MoveError> {
        Table::all(&mut self.connection).await.map_err(unreadable)
    }

    pub(super) async fn count(&mut self, table: &Table) -> Result<u64, MoveError> {
        table.count(&mut self.connection).await.map_err(unreadable)
    }

    pub(super) async fn page(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
    ) -> Result<Vec<Row>, MoveError> {
        let page = table.page(after, &mut self.connection).await;
        page.map_err(unreadable)
    }

    pub(super) async fn find(
        &mut self,
        table: &Table,
        rows: &[Row],
    ) -> Result<Vec<Row>, MoveError> {
        let found = table.find(rows, &mut self.connection).await;
        found.map_err(unreadable)
    }
}

/// Differs as soon as another connection has committed a change.
async fn data_version(connection: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    let row = connection
        .fetch_one("SELECT data_version FROM pragma_data_version")
        .await?;
    row.try_get("data_version")
}

fn unreadable(error: sqlx::Error) -> MoveError {
    MoveError::Source(error.into())
}
