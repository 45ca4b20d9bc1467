//! A copy of a SQLite file while its server goes on.

use std::{
    io,
    path::{Path, PathBuf},
};

use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::NamedTempFile;

use super::{Source, database::Database};

/// Why there is no SQLite file to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoDatabaseFile {
    /// The database is not a SQLite file.
    #[error("this needs a SQLite database, and this server's is another one")]
    NotSqlite,
    /// There is no such file.
    #[error(
        "there is no database at {}. Use the server's configuration, and its working directory if the path is relative",
        .0.display()
    )]
    Missing(PathBuf),
}

/// Why a database was not backed up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is no file to copy.
    #[error(transparent)]
    NoFile(#[from] NoDatabaseFile),
    /// There is such a file.
    #[error("{} exists already, and stays as it is. Name another file", .0.display())]
    Exists(PathBuf),
    /// The copy could not be written.
    #[error("{} can't be written. Check that its folder exists and that this process can write to it", path.display())]
    Write {
        /// The copy.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database could not be copied.
    #[error("the database {} couldn't be copied", database.display())]
    Copy {
        /// The database.
        database: PathBuf,
        /// What the database said.
        source: Source,
    },
    /// The copy is damaged, because the database is.
    #[error(
        "the database {} is damaged, so its copy was not kept: {reason}. Keep your earlier backups",
        database.display()
    )]
    Damaged {
        /// The database.
        database: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The file of a SQLite database that exists.
pub(crate) struct DatabaseFile {
    pub(crate) path: PathBuf,
    pub(crate) key_file: PathBuf,
    options: SqliteConnectOptions,
}

impl DatabaseFile {
    pub(crate) fn of(url: &str) -> Result<Self, NoDatabaseFile> {
        #[allow(irrefutable_let_patterns, reason = "where SQLite is the only database")]
        let Ok(Database::Sqlite(sqlite)) = Database::parse(url) else {
            return Err(NoDatabaseFile::NotSqlite);
        };
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let path = absolute(sqlite.file());
        if !path.is_file() {
            return Err(NoDatabaseFile::Missing(path));
        }
        Ok(Self {
            path,
            key_file: absolute(&sqlite.key_file()),
            options: sqlite.options(),
        })
    }

    /// The whole copy or none, never over a file that is there. Neither the database nor its copy
    /// is migrated: this is also for before an upgrade.
    pub(crate) async fn copy_to(&self, to: &Path) -> Result<(), BackupError> {
        if to.exists() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let unwritable = |source| BackupError::Write {
            path: to.to_owned(),
            source,
        };
        let folder = match to.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Readable by its owner only. What is not kept is deleted.
        let unfinished =
            NamedTempFile::with_prefix_in(".okta-backup-", folder).map_err(unwritable)?;
        self.copy_into(unfinished.path())
            .await
            .map_err(|source| BackupError::Copy {
                database: self.path.clone(),
                source: source.into(),
            })?;
        self.check(unfinished.path()).await?;
        // SQLite leaves that to us.
        unfinished.as_file().sync_all().map_err(unwritable)?;
        unfinished
            .persist_noclobber(to)
            .map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
                _ => unwritable(error.error),
            })?;
        Ok(())
    }

    /// Everything as it is at one moment. What was deleted before is not in it.
    async fn copy_into(&self, file: &Path) -> Result<(), sqlx::Error> {
        let mut database = self
            .options
            .clone()
            .disable_statement_logging()
            .connect()
            .await?;
        sqlx::query("VACUUM INTO $1")
            .bind(file.to_string_lossy())
            .execute(&mut database)
            .await?;
        database.close().await
    }

    async fn check(&self, copy: &Path) -> Result<(), BackupError> {
        let complaint = integrity(copy).await;
        match complaint.as_deref() {
            Ok("ok") => Ok(()),
            Ok(reason) => Err(BackupError::Damaged {
                database: self.path.clone(),
                reason: reason.to_owned(),
            }),
            Err(error) => Err(BackupError::Damaged {
                database: self.path.clone(),
                reason: error.to_string(),
            }),
        }
    }
}

async fn integrity(file: &Path) -> Result<String, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .immutable(true);
    let mut copy = SqliteConnection::connect_with(&options).await?;
    let row = sqlx::query("PRAGMA integrity_check(1)")
        .fetch_one(&mut copy)
        .await?;
    let said = row.try_get(0)?;
    copy.close().await?;
    Ok(said)
}
