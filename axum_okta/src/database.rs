//! Copying the database: a backup, and the move from SQLite to PostgreSQL. For an operator's
//! commands, as the reference server has them; no server has to be stopped.

use std::path::{Path, PathBuf};

use crate::{builder::OktaBuilder, error::BackupError, store::DatabaseFile};
#[cfg(feature = "postgres")]
use crate::{
    error::{MoveError, OpenError},
    store::Store,
};

#[cfg(feature = "postgres")]
pub use crate::store::{MoveProgress, MoveStep, Moved};

/// A copy of the database.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Backup {
    /// The file that was copied.
    pub database: PathBuf,
    /// The size of the copy, in bytes.
    pub bytes: u64,
    /// The file with the key that opens the copy, which is not part of it. `None` if the key was
    /// given to [`OktaBuilder::encryption_key`].
    pub key_file: Option<PathBuf>,
}

impl OktaBuilder {
    /// Copies the SQLite file to a new file, readable by its owner only, and checks the copy. The
    /// copy is of one moment; a server may go on writing. It is complete or not there. Without the
    /// key, which is not copied, its secrets and sessions can't be read.
    ///
    /// To restore it, stop the server, and put the copy in the place of the database, whose files
    /// ending in `-wal` and `-shm` are to be deleted. People who signed out since the backup are
    /// signed in again until their session expires.
    ///
    /// # Errors
    ///
    /// [`BackupError`] says what is in the way. A file that exists is never overwritten.
    pub async fn back_up_database(&self, to: impl AsRef<Path>) -> Result<Backup, BackupError> {
        let to = to.as_ref();
        let file = DatabaseFile::of(&self.database)?;
        file.copy_to(to).await?;
        let size = to.metadata().map(|copy| copy.len());
        Ok(Backup {
            bytes: size.map_err(|source| BackupError::Write {
                path: to.to_owned(),
                source,
            })?,
            key_file: self.key_file(&file),
            database: file.path,
        })
    }

    /// Moves everything from the SQLite database to the PostgreSQL database at `to`, sessions
    /// included, and compares the two at the end. Nobody has to sign in again.
    ///
    /// A server may go on serving from the SQLite file: the move is of one moment, and
    /// [`Moved::source_changed`] says whether there is more to move since. Then stop that server
    /// and move again, which takes over only what has changed, also what has ended. The same
    /// continues a move that was interrupted, at any point.
    ///
    /// `to` has to be an empty database, or one that this has moved to before. Servers don't start
    /// on it while the move is under way. As soon as one has started on it, nothing is moved there
    /// any more, because that would undo what happened since. It needs the same encryption key; if
    /// the key is in a file, [`Moved::key_file`] names it. Sessions in Valkey or Redis stay there.
    ///
    /// `report` is called after each batch of rows.
    ///
    /// # Errors
    ///
    /// [`MoveError`] says what is in the way. What was copied until then stays in the target.
    #[cfg(feature = "postgres")]
    #[cfg_attr(docsrs, doc(cfg(feature = "postgres")))]
    pub async fn move_database(
        &self,
        to: &str,
        mut report: impl FnMut(MoveProgress) + Send,
    ) -> Result<Moved, MoveError> {
        let file = DatabaseFile::of(&self.database)?;
        let store = Store::open(&self.database, self.encryption_key.as_ref()).await;
        let store = store.map_err(OpenError::from)?;
        let mut moved = store.move_to(to, &mut report).await?;
        moved.key_file = self.key_file(&file);
        moved.sessions_stay = self.sessions_url.is_some();
        Ok(moved)
    }

    fn key_file(&self, file: &DatabaseFile) -> Option<PathBuf> {
        let is_in_file = self.encryption_key.is_none();
        is_in_file.then(|| file.key_file.clone())
    }
}
