//! Whose turn it is to write to a database that another one is moved into: the move's, until the
//! first server is started on it.

use super::{Change, Store, StoreError};

/// The setting that says how far the move is: [`COMPLETE`], or which run of the move is under way.
pub(super) const MOVE: &str = "move";
/// Everything is there, and the move may still be repeated.
pub(super) const COMPLETE: &str = "complete";

impl Store {
    /// From here on no move touches this database: it would undo what happens on this server.
    pub(super) async fn end_move(&self) -> Result<(), StoreError> {
        if self.setting(MOVE).await?.is_none() {
            return Ok(());
        }
        let mut change = self.change().await?;
        match change.setting(MOVE).await?.as_deref() {
            Some(COMPLETE) => change.delete_setting(MOVE).await?,
            Some(_under_way) => return Err(StoreError::Moving),
            None => {}
        }
        change.commit().await
    }
}

impl Change<'_> {
    async fn delete_setting(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_setting WHERE name = $1")
            .bind(name)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }
}
