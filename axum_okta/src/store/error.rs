//! What goes wrong in the database.

use std::error::Error;

/// The cause of an error, of any type.
pub(crate) type Source = Box<dyn Error + Send + Sync>;

/// What went wrong in the database. The database's own error is the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file or its folder doesn't exist or can't be opened.
    #[error(
        "the database {database} can't be opened. Check that the folder exists and that this process can write to it"
    )]
    Open {
        /// The database, without credentials.
        database: String,
        /// What the database said.
        source: Source,
    },
    /// The file is not a database, or is damaged.
    #[error(
        "the database {database} is damaged or not a SQLite file. Nothing was changed. Restore it from a backup, \
         or move it away to start with an empty one"
    )]
    Corrupt {
        /// The database, without credentials.
        database: String,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "the database {database} was written by a newer version (migration {version} is unknown here). Nothing was \
         changed. Start the newer version again, or restore the backup made before the upgrade"
    )]
    Newer {
        /// The database, without credentials.
        database: String,
        /// The migration that this version does not know.
        version: i64,
    },
    /// The tables could not be brought up to date.
    #[error("the database {database} could not be migrated. Nothing was changed")]
    Migrate {
        /// The database, without credentials.
        database: String,
        /// What the database said.
        source: Source,
    },
    /// The database cannot be written to.
    #[error("the database is read-only. Give this process write access to the file and its folder")]
    ReadOnly,
    /// Others were writing for too long.
    #[error(
        "the database was busy for too long. Check that no other program keeps it locked, and that its disk is fast \
         enough"
    )]
    Busy,
    /// A query failed.
    #[error(
        "the database didn't respond. Check its disk, and that no other program keeps it locked"
    )]
    Query(#[source] Source),
    /// A stored value cannot be parsed.
    #[error(
        "the stored {what} can't be read. A newer version may have written it. Use that version, or restore the \
         database from a backup"
    )]
    Unreadable {
        /// What was stored.
        what: &'static str,
        /// What does not fit.
        source: Source,
    },
    /// A stored value could not be encrypted or decrypted.
    #[error(transparent)]
    Encryption(#[from] super::EncryptionError),
    /// A session could not be read or written.
    #[error("the session couldn't be stored")]
    Session(#[source] Source),
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        if is_read_only(&source) {
            Self::ReadOnly
        } else if is_busy(&source) {
            Self::Busy
        } else {
            Self::Query(source.into())
        }
    }
}

/// The session's machinery passes our own errors through.
impl From<tower_sessions::session::Error> for StoreError {
    fn from(source: tower_sessions::session::Error) -> Self {
        Self::Session(source.into())
    }
}

/// SQLITE_READONLY; extended codes keep the primary one in the low byte.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    sqlite_code(error) == Some(8)
}

/// SQLITE_CORRUPT and SQLITE_NOTADB.
pub(super) fn is_corrupt(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(11 | 26))
}

/// SQLITE_BUSY and SQLITE_LOCKED.
fn is_busy(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(5 | 6))
}

fn sqlite_code(error: &sqlx::Error) -> Option<i64> {
    let code: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
