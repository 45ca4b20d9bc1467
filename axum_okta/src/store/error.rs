//! What goes wrong in the database.

use std::error::Error;

#[cfg(feature = "postgres")]
use sqlx::postgres::PgDatabaseError;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteError;

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
    /// The database server does not answer, or lets nobody in.
    #[error(
        "the database {database} cannot be reached. Check that it is running, and the host, user, password, \
         database and sslmode in its URL"
    )]
    Connect {
        /// The database, without credentials.
        database: String,
        /// What the database said.
        source: Source,
    },
    /// The server that keeps sessions does not answer, or lets nobody in.
    #[error(
        "{server}, where sessions are kept, cannot be reached. Check that Valkey or Redis is running there, and the \
         host, user and password in the sessions URL (OKTA_SESSIONS_URL)"
    )]
    ConnectSessions {
        /// The server, without credentials.
        server: String,
        /// What the server said.
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
    #[error(
        "the database {database} could not be migrated. Nothing was changed. Make sure that its user may create and \
         change tables and that its disk has room, then start again"
    )]
    Migrate {
        /// The database, without credentials.
        database: String,
        /// What the database said.
        source: Source,
    },
    /// Another database is being moved into this one.
    #[error(
        "a database is being moved into this one, and not all of it is there. Let `move-database` finish, or run it \
         again"
    )]
    Moving,
    /// The database cannot be written to.
    #[error(
        "the database is read-only. Give this process write access to the file and its folder, or name the primary \
         rather than a replica"
    )]
    ReadOnly,
    /// Others were writing for too long.
    #[error(
        "the database was busy for too long. Check that no other program keeps it locked, and that it keeps up"
    )]
    Busy,
    /// A query failed.
    #[error(
        "the database didn't respond. Check its disk, and that no other program keeps it locked"
    )]
    Query(#[source] Source),
    /// The server that keeps sessions failed.
    #[error(
        "Valkey or Redis, where sessions are kept, didn't respond or refused. Check that it is running, has memory left, \
         and accepts writes"
    )]
    Sessions(#[source] Source),
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
    #[error("the session couldn't be read or stored. Check the database, then try again")]
    Session(#[source] Source),
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        match complaint(&source) {
            Some(Complaint::ReadOnly) => Self::ReadOnly,
            Some(Complaint::Busy) => Self::Busy,
            Some(Complaint::Corrupt) | None => Self::Query(source.into()),
        }
    }
}

/// The session's machinery passes our own errors through.
impl From<tower_sessions::session::Error> for StoreError {
    fn from(source: tower_sessions::session::Error) -> Self {
        Self::Session(source.into())
    }
}

/// Whether another row has what has to be unique.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.is_unique_violation())
}

/// What a database complains of, as far as it matters.
#[cfg_attr(not(feature = "sqlite"), allow(dead_code))]
pub(super) enum Complaint {
    ReadOnly,
    Corrupt,
    Busy,
}

pub(super) fn complaint(error: &sqlx::Error) -> Option<Complaint> {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return Some(Complaint::Busy);
    }
    let error = error.as_database_error()?;
    match error.code()? {
        #[cfg(feature = "sqlite")]
        code if error.try_downcast_ref::<SqliteError>().is_some() => of_sqlite(&code),
        #[cfg(feature = "postgres")]
        code if error.try_downcast_ref::<PgDatabaseError>().is_some() => of_postgres(&code),
        _ => None,
    }
}

/// Extended codes keep the primary one in the low byte.
#[cfg(feature = "sqlite")]
fn of_sqlite(code: &str) -> Option<Complaint> {
    match code.parse::<i64>().ok()? & 0xff {
        // SQLITE_BUSY and SQLITE_LOCKED.
        5 | 6 => Some(Complaint::Busy),
        // SQLITE_READONLY.
        8 => Some(Complaint::ReadOnly),
        // SQLITE_CORRUPT and SQLITE_NOTADB.
        11 | 26 => Some(Complaint::Corrupt),
        _ => None,
    }
}

#[cfg(feature = "postgres")]
fn of_postgres(code: &str) -> Option<Complaint> {
    match code {
        // serialization_failure, deadlock_detected, too_many_connections, lock_not_available and
        // query_canceled, which is what a statement timeout does.
        "40001" | "40P01" | "53300" | "55P03" | "57014" => Some(Complaint::Busy),
        // read_only_sql_transaction.
        "25006" => Some(Complaint::ReadOnly),
        _ => None,
    }
}
