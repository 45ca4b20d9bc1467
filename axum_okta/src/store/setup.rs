//! The setup of the whole app that is open, if one is: at most one row. And those of single
//! connections.

use okta_types::Timestamp;
use sqlx::Row;

use super::{Change, Store, StoreError, now, setup_links::USED};

/// A setup that is open: whoever signs in from a browser that knows its id may become admin.
pub(crate) struct OpenSetup {
    pub(crate) id: String,
    /// Of the code that somebody was given for it; empty where nobody was.
    pub(crate) code_hash: String,
}

impl OpenSetup {
    /// Whether somebody was given a code for it.
    pub(crate) fn has_code(&self) -> bool {
        !self.code_hash.is_empty()
    }
}

impl Store {
    pub(crate) async fn open_setup(&self) -> Result<Option<OpenSetup>, StoreError> {
        OpenSetup::found(&self.pool).await
    }
}

impl Store {
    /// Whether this setup of this connection is open.
    pub(crate) async fn has_connection_setup(
        &self,
        connection: &str,
        id: &str,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT id FROM okta_connection_setup WHERE id = $1 AND connection = $2 AND ends_at > $3",
        )
        .bind(id)
        .bind(connection)
        .bind(now().0)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }
}

impl OpenSetup {
    async fn found(executor: impl sqlx::AnyExecutor<'_>) -> Result<Option<Self>, StoreError> {
        let row = sqlx::query(
            "SELECT id, code_hash FROM okta_setup WHERE slot = 1 AND (ends_at = 0 OR ends_at > $1)",
        )
        .bind(now().0)
        .fetch_optional(executor)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Self {
            id: row.try_get("id")?,
            code_hash: row.try_get("code_hash")?,
        }))
    }
}

impl Change<'_> {
    /// What is open now, and by nobody else's doing before this change ends.
    pub(crate) async fn open_setup(&mut self) -> Result<Option<OpenSetup>, StoreError> {
        OpenSetup::found(&mut *self.transaction).await
    }

    /// Opens a setup in place of any other; without an end it is open until it is finished.
    pub(crate) async fn put_setup(
        &mut self,
        setup: &OpenSetup,
        ends_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_setup (slot, id, code_hash, ends_at) VALUES (1, $1, $2, $3) \
             ON CONFLICT (slot) DO UPDATE SET id = excluded.id, code_hash = excluded.code_hash, \
             ends_at = excluded.ends_at",
        )
        .bind(&setup.id)
        .bind(&setup.code_hash)
        .bind(ends_at.map_or(0, |Timestamp(at)| at))
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Closes this setup, if it is the one that is open. Of two who close it at once, one did.
    pub(crate) async fn close_setup(&mut self, id: &str) -> Result<bool, StoreError> {
        let closed = sqlx::query("DELETE FROM okta_setup WHERE id = $1")
            .bind(id)
            .execute(&mut *self.transaction)
            .await?;
        Ok(closed.rows_affected() > 0)
    }

    /// Opens a setup of one connection, without a code.
    pub(crate) async fn put_connection_setup(
        &mut self,
        connection: &str,
        id: &str,
        Timestamp(ends_at): Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_connection_setup (id, connection, code_hash, ends_at) \
             VALUES ($1, $2, '', $3)",
        )
        .bind(id)
        .bind(connection)
        .bind(ends_at)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Closes this setup of a connection, if it is open. Of two who close it at once, one did.
    pub(crate) async fn close_connection_setup(&mut self, id: &str) -> Result<bool, StoreError> {
        let closed = sqlx::query(
            "UPDATE okta_connection_setup SET outcome = $3, ends_at = $2 \
             WHERE id = $1 AND ends_at > $2",
        )
        .bind(id)
        .bind(now().0)
        .bind(USED)
        .execute(&mut *self.transaction)
        .await?;
        Ok(closed.rows_affected() > 0)
    }

    /// All of a connection that is deleted or disabled, setup links among them.
    pub(crate) async fn delete_connection_setups(
        &mut self,
        connection: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection_setup WHERE connection = $1")
            .bind(connection)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Those that have ended, and no link led to.
    pub(super) async fn delete_former_connection_setups(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection_setup WHERE code_hash = '' AND ends_at <= $1")
            .bind(now().0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    pub(crate) async fn delete_setup(&mut self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_setup")
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
