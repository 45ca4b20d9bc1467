//! What is kept: connections, the role table, named admins, setup codes, used states, sessions, the
//! audit trail.
//!
//! One SQL text serves SQLite and PostgreSQL (through sqlx' `Any` driver). One file a table.

mod admins;
mod audit;
mod connections;
mod encryption;
mod error;
mod former_sessions;
mod roles;
mod sessions;
mod settings;
mod setup;
#[cfg(test)]
mod tests;
mod used_states;

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use okta_types::Timestamp;
use secrecy::SecretString;
use sqlx::{
    AnyPool, ConnectOptions, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard};

pub(crate) use audit::Place as AuditPlace;
pub(crate) use connections::ConnectionConfig;
pub use encryption::EncryptionError;
pub(crate) use error::Source;
pub use error::StoreError;
pub(crate) use sessions::{SessionKey, StoredSession};
pub(crate) use setup::OpenSetup;

use crate::causes::with_causes;
use encryption::Cipher;
use error::{is_corrupt, is_read_only};

static MIGRATOR: Migrator = sqlx::migrate!();

/// How long a change waits for those before it. SQLite itself then waits as long again for other
/// programs.
const LINE_TIMEOUT: Duration = Duration::from_secs(5);

/// Moments in the database are whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(OffsetDateTime::now_utc().unix_timestamp())
}

/// Finer than a moment, so that of what happened within one second the order is known.
fn microseconds() -> i64 {
    let nanoseconds = OffsetDateTime::now_utc().unix_timestamp_nanos();
    i64::try_from(nanoseconds / 1000).unwrap_or(i64::MAX)
}

/// The setting that says when it was last tried whether anything can be written.
const WRITTEN_AT: &str = "written_at";

/// SQLite wants a LIMIT before an OFFSET, and PostgreSQL takes the same text.
const NO_LIMIT: i64 = i64::MAX;

/// Why a database could not be opened.
#[derive(Debug)]
pub(crate) enum OpenStoreError {
    /// Not a kind of database that this build knows.
    Url(String),
    Store(StoreError),
    Encryption(EncryptionError),
}

impl From<StoreError> for OpenStoreError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for OpenStoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<EncryptionError> for OpenStoreError {
    fn from(error: EncryptionError) -> Self {
        Self::Encryption(error)
    }
}

pub(crate) struct Store {
    pool: AnyPool,
    /// SQLite has one writer at a time, and lets everybody else try again after longer and longer
    /// waits. In this line the first is served first.
    line: Mutex<()>,
    cipher: Cipher,
    since_sweep: audit::SinceSweep,
    /// Whether the last change was stored.
    is_writable: AtomicBool,
    former_sessions_until: i64,
}

/// A change under way: nobody else's is, and nothing of it counts before [`commit`](Self::commit).
pub(crate) struct Change<'s> {
    store: &'s Store,
    transaction: sqlx::Transaction<'static, sqlx::Any>,
    outcome: Outcome<'s>,
    _turn: MutexGuard<'s, ()>,
}

/// What became of a change, for [`Store::is_ready`].
struct Outcome<'s> {
    store: &'s Store,
    is_stored: bool,
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        let is_writable = &self.store.is_writable;
        is_writable.store(self.is_stored, Ordering::Relaxed);
    }
}

impl Change<'_> {
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        self.outcome.is_stored = true;
        tracing::trace!("a change is stored");
        Ok(())
    }
}

impl Store {
    /// Opens the database, brings its tables up to date and makes sure that the key fits.
    pub(crate) async fn open(
        url: &str,
        key: Option<&SecretString>,
    ) -> Result<Self, OpenStoreError> {
        let not_sqlite = || {
            let kind = url.split_once(':').map_or(url, |(kind, _)| kind);
            OpenStoreError::Url(kind.to_owned())
        };
        if !url.starts_with("sqlite:") {
            return Err(not_sqlite());
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| not_sqlite())?;
        let file = options.get_filename().to_owned();
        if !url.contains("mode=ro") {
            create_if_missing(options, &file).await?;
        }

        let pool = connect(url)
            .await
            .map_err(|source| opening_failed(&file, source))?;
        migrate(&pool, &file).await?;
        let cipher = encryption::fitting_cipher(&pool, &file, key).await?;
        let mut store = Self {
            since_sweep: audit::SinceSweep::start(),
            is_writable: AtomicBool::default(),
            pool,
            line: Mutex::default(),
            cipher,
            former_sessions_until: 0,
        };
        store.take_over_former_sessions().await?;
        Ok(store)
    }

    /// Whether the database answers and takes what is written. The last change tells; after one
    /// that was not stored, this writes by itself until it can.
    pub(crate) async fn is_ready(&self) -> bool {
        if self.is_writable.load(Ordering::Relaxed) {
            return sqlx::query("SELECT 1").execute(&self.pool).await.is_ok();
        }
        self.try_to_write()
            .await
            .inspect_err(|error| {
                tracing::error!(error = with_causes(error), "nothing can be written");
            })
            .is_ok()
    }

    async fn try_to_write(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        change.put_setting(WRITTEN_AT, &now().0.to_string()).await?;
        change.commit().await
    }

    /// Begins a change, in its turn. Everything that is written goes through here.
    pub(crate) async fn change(&self) -> Result<Change<'_>, StoreError> {
        let turn = tokio::time::timeout(LINE_TIMEOUT, self.line.lock())
            .await
            .map_err(|_| StoreError::Busy)?;
        let outcome = Outcome {
            store: self,
            is_stored: false,
        };
        tracing::trace!("a change begins");
        // Not a deferred transaction: that one would read first, and then find that it may not
        // write.
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Change {
            store: self,
            transaction,
            outcome,
            _turn: turn,
        })
    }

    /// Deletes what has expired: it opens nothing, but takes room.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        change.delete_expired_sessions().await?;
        change.delete_expired_states().await?;
        change.delete_old_audit().await?;
        change.commit().await
    }

    /// What nobody without this app's key can make of the message.
    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        self.cipher.tag(message)
    }

    fn encrypt(&self, place: &str, plaintext: &str) -> Result<String, StoreError> {
        Ok(self.cipher.encrypt(place, plaintext)?)
    }

    fn decrypt(&self, place: &str, text: &str) -> Result<SecretString, StoreError> {
        Ok(self.cipher.decrypt(place, text)?)
    }

    /// Encrypts what a browser keeps for us; `purpose` says what it is, and it opens for nothing
    /// else.
    pub(crate) fn seal(&self, purpose: &str, plaintext: &str) -> Result<String, StoreError> {
        self.encrypt(purpose, plaintext)
    }

    /// What [`seal`](Self::seal) encrypted for this purpose; nothing where it was changed.
    pub(crate) fn unseal(&self, purpose: &str, sealed: &str) -> Option<SecretString> {
        self.decrypt(purpose, sealed).ok()
    }
}

/// The first connection creates the file and sets the journal mode, which the file remembers.
async fn create_if_missing(
    options: SqliteConnectOptions,
    file: &Path,
) -> Result<(), OpenStoreError> {
    let is_new = !file.as_os_str().is_empty() && !file.exists();
    let connection = options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(|source| opening_failed(file, source))?;
    if is_new {
        let path: PathBuf = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        tracing::warn!(
            "There was no database at {}, so a new, empty one was made. If you expected your data there, check that \
             the volume is mounted and that the path is right",
            path.display()
        );
    }
    sqlx::Connection::close(connection)
        .await
        .map_err(|source| opening_failed(file, source).into())
}

async fn connect(url: &str) -> Result<AnyPool, sqlx::Error> {
    sqlx::any::install_default_drivers();
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

async fn migrate(pool: &AnyPool, file: &Path) -> Result<(), StoreError> {
    let database = file.display().to_string();
    migrate_in_turn(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => StoreError::Newer { database, version },
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)
            if is_read_only(&source) =>
        {
            StoreError::ReadOnly
        }
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)
            if is_corrupt(&source) =>
        {
            StoreError::Corrupt { database }
        }
        source => StoreError::Migrate {
            database,
            source: source.into(),
        },
    })
}

/// Two processes may start at once: SQLite's migrations have no lock of their own, so the whole of
/// them is one change.
async fn migrate_in_turn(pool: &AnyPool) -> Result<(), MigrateError> {
    match pool.begin_with("BEGIN IMMEDIATE").await {
        Ok(mut transaction) => {
            // Not `run`: rustc does not see that it may be sent. sqlx itself goes this way for that
            // reason.
            MIGRATOR.run_direct(None, &mut *transaction, false).await?;
            Ok(transaction.commit().await?)
        }
        // Nothing can be brought up to date, which is fine if nothing has to be.
        Err(error) if is_read_only(&error) => MIGRATOR.run(pool).await,
        Err(error) => Err(error.into()),
    }
}

fn opening_failed(file: &Path, source: sqlx::Error) -> StoreError {
    let database = file.display().to_string();
    if is_corrupt(&source) {
        StoreError::Corrupt { database }
    } else if is_read_only(&source) {
        StoreError::ReadOnly
    } else {
        StoreError::Open {
            database,
            source: source.into(),
        }
    }
}
