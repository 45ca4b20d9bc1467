//! SQLite: a file, and one writer at a time.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, Instant},
};

use sqlx::{
    AnyPool, ConnectOptions, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use super::{MIGRATOR, Pool, Transaction, migration_failed};
use crate::store::{
    StoreError,
    error::{Complaint, complaint},
};

/// Not a deferred transaction: that one would read first, and then find that it may not write.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Whoever sets the journal mode, or closes the last connection, locks the file for a moment in which
/// SQLite lets nobody wait for it.
const LOCKED_FOR: Duration = Duration::from_secs(5);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

pub(in crate::store) struct Sqlite {
    url: String,
    options: SqliteConnectOptions,
}

impl Sqlite {
    pub(super) fn parse(url: &str) -> Option<Self> {
        let options = SqliteConnectOptions::from_str(url).ok()?;
        let url = url.to_owned();
        Some(Self { url, options })
    }

    pub(in crate::store) fn file(&self) -> &Path {
        self.options.get_filename()
    }

    pub(in crate::store) fn options(&self) -> SqliteConnectOptions {
        self.options.clone()
    }

    fn name(&self) -> String {
        self.file().display().to_string()
    }

    /// The key file that belongs to the file: `okta.db` → `okta.key`.
    pub(in crate::store) fn key_file(&self) -> PathBuf {
        self.file().with_extension("key")
    }

    pub(super) async fn open(&self) -> Result<Pool, StoreError> {
        let begun = Instant::now();
        let pool = loop {
            match self.connect().await {
                Err(error) if is_locked(&error) && begun.elapsed() < LOCKED_FOR => {
                    tokio::time::sleep(LOOK_AGAIN_AFTER).await;
                }
                connected => break connected.map_err(|source| self.opening_failed(source))?,
            }
        };
        migrate(&pool)
            .await
            .map_err(|error| migration_failed(&self.name(), error))?;
        Ok(Pool::new(pool))
    }

    async fn connect(&self) -> Result<AnyPool, sqlx::Error> {
        if !self.url.contains("mode=ro") {
            self.create_if_missing().await?;
        }
        connect(&self.url).await
    }

    /// The first connection creates the file and sets the journal mode, which the file remembers.
    async fn create_if_missing(&self) -> Result<(), sqlx::Error> {
        let file = self.file();
        let is_new = !file.as_os_str().is_empty() && !file.exists();
        let options = self.options.clone();
        let connection = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .disable_statement_logging()
            .connect()
            .await?;
        if is_new {
            let path: PathBuf = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            tracing::warn!(
                "There was no database at {}, so a new, empty one was made. If you expected your data there, check that \
                 the volume is mounted and that the path is right",
                path.display()
            );
        }
        sqlx::Connection::close(connection).await
    }

    fn opening_failed(&self, source: sqlx::Error) -> StoreError {
        let database = self.name();
        match complaint(&source) {
            Some(Complaint::Corrupt) => StoreError::Corrupt { database },
            Some(Complaint::ReadOnly) => StoreError::ReadOnly,
            Some(Complaint::Busy) | None => StoreError::Open {
                database,
                source: source.into(),
            },
        }
    }
}

fn is_locked(error: &sqlx::Error) -> bool {
    matches!(complaint(error), Some(Complaint::Busy))
}

async fn connect(url: &str) -> Result<AnyPool, sqlx::Error> {
    let options = AnyConnectOptions::from_str(url)?.disable_statement_logging();
    AnyPoolOptions::new()
        .after_connect(|connection, _| {
            Box::pin(async move {
                // What was deleted must not be readable in the file.
                connection.execute("PRAGMA secure_delete = ON").await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
}

pub(super) async fn begin(pool: &Pool) -> Result<Box<Transaction>, sqlx::Error> {
    pool.begin(BEGIN).await
}

/// Two processes may start at once: SQLite's migrations have no lock of their own, so the whole of
/// them is one change.
async fn migrate(pool: &AnyPool) -> Result<(), MigrateError> {
    match pool.begin_with(BEGIN).await {
        Ok(mut transaction) => {
            // Not `run`: rustc does not see that it may be sent. sqlx itself goes this way for that
            // reason.
            MIGRATOR.run_direct(None, &mut *transaction, false).await?;
            Ok(transaction.commit().await?)
        }
        // Nothing can be brought up to date, which is fine if nothing has to be.
        Err(error) if matches!(complaint(&error), Some(Complaint::ReadOnly)) => {
            MIGRATOR.run(pool).await
        }
        Err(error) => Err(error.into()),
    }
}
