//! What is kept: connections, the role table, named admins, setup codes, used states, sessions, the
//! audit trail.
//!
//! One SQL text serves SQLite and PostgreSQL (through sqlx' `Any` driver). One file a table.

mod admin_tokens;
mod admins;
mod announcements;
mod audit;
#[cfg(feature = "sqlite")]
mod backup;
mod connections;
mod database;
mod domains;
mod encryption;
mod error;
#[cfg(feature = "sqlite")]
mod former_sessions;
mod groups;
mod idempotent_requests;
mod key_rotations;
mod lent;
#[cfg(feature = "postgres")]
mod moved;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod moving;
mod organizations;
mod roles;
mod rows;
mod scim_changes;
mod scim_clients;
mod scim_connections;
mod scim_directory;
mod scim_emails;
mod scim_former;
mod scim_members;
mod scim_requests;
mod scim_resources;
mod scim_standing;
mod scim_tokens;
mod sessions;
mod settings;
mod setup;
mod setup_attempts;
mod setup_links;
mod sign_out_calls;
#[cfg(test)]
mod tests;
mod used_states;
mod whose;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant, SystemTime},
};

use okta_types::Timestamp;
use secrecy::SecretString;
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard, watch};

#[cfg(feature = "postgres")]
pub(crate) use announcements::Announcement;
pub(crate) use audit::Place as AuditPlace;
#[cfg(feature = "sqlite")]
pub(crate) use backup::DatabaseFile;
#[cfg(feature = "sqlite")]
pub use backup::{BackupError, NoDatabaseFile};
pub(crate) use connections::{ConnectionConfig, Standing};
#[cfg(feature = "postgres")]
pub(crate) use database::{Heard, Listening};
pub(crate) use domains::Domain;
pub use encryption::EncryptionError;
pub(crate) use error::Source;
pub use error::StoreError;
pub(crate) use idempotent_requests::{IdempotentRequest, Sent};
pub(crate) use key_rotations::KeyRotation;
pub(crate) use lent::Lent;
#[cfg(feature = "transaction")]
pub use lent::LentTransaction;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub use moving::{MoveError, MoveProgress, MoveStep, Moved};
pub(crate) use scim_changes::{FoundChange, ScimChange};
pub(crate) use scim_clients::ScimClient;
pub(crate) use scim_directory::MembershipIds;
pub(crate) use scim_members::Membership;
pub(crate) use scim_resources::{By, Kind, Resource, name_key};
pub(crate) use scim_standing::ProvisionedStanding;
pub(crate) use scim_tokens::ScimToken;
use sessions::SessionHome;
#[cfg(feature = "redis")]
use sessions::Uncommitted;
pub(crate) use sessions::{
    Edit, EndedSession, FoundSession, SessionHolder, SessionIndex, SessionKey, SessionOwner,
    SessionPlace, StoredSession,
};
pub(crate) use setup::OpenSetup;
pub(crate) use whose::Whose;

use crate::{causes::with_causes, telemetry};
use announcements::News;
pub(crate) use database::UrlError;
use database::{Database, Pool, Transaction};
use encryption::{Cipher, KeySource};

/// How long a change waits for those before it. The database then waits as long again for other
/// programs.
const LINE_TIMEOUT: Duration = Duration::from_secs(5);

/// Moments in the database are whole seconds. Every request asks for this one, so it is not worked
/// out which day that is.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Finer than a moment, so that of what happened within one second the order is known.
fn microseconds() -> i64 {
    let nanoseconds = OffsetDateTime::now_utc().unix_timestamp_nanos();
    i64::try_from(nanoseconds / 1000).unwrap_or(i64::MAX)
}

/// The setting that says when it was last tried whether anything can be written.
const WRITTEN_AT: &str = "written_at";

/// The setting that says when the last session of the first releases expires.
const FORMER_SESSIONS_UNTIL: &str = "former_sessions_until";

/// Rows of a table that are deleted in one change.
const SWEPT_AT_ONCE: i64 = 1000;

/// SQLite wants a LIMIT before an OFFSET, and PostgreSQL takes the same text.
const NO_LIMIT: i64 = i64::MAX;

/// Why a database could not be opened.
#[derive(Debug)]
pub(crate) enum OpenStoreError {
    Url(UrlError),
    /// Not a place for sessions that this build knows, or not a valid URL.
    SessionsUrl(String),
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
    database: Database,
    /// Names this server among those that use the database.
    server: String,
    sessions: SessionHome,
    pool: Pool,
    /// SQLite has one writer at a time, and lets everybody else try again after longer and longer
    /// waits. In this line the first is served first. With PostgreSQL those who stand in it keep
    /// one connection busy rather than all.
    line: Mutex<()>,
    cipher: Cipher,
    since_sweep: audit::SinceSweep,
    by_strangers: audit::Uncounted,
    /// Whether the last change was stored.
    is_writable: AtomicBool,
    former_sessions_until: i64,
    /// What Okta has pushed may have changed, here or on another server.
    scim_news: watch::Sender<()>,
}

/// A change under way: nothing of it counts before [`commit`](Self::commit).
pub(crate) struct Change<'s> {
    store: &'s Store,
    transaction: Box<Transaction>,
    news: News,
    /// What it changes of what Okta has pushed, by connection.
    scim_changes: Vec<(String, ScimChange)>,
    #[cfg(feature = "redis")]
    uncommitted: Uncommitted,
    outcome: Outcome<'s>,
    _turn: Option<MutexGuard<'s, ()>>,
}

/// What became of a change, for [`Store::check`].
struct Outcome<'s> {
    store: &'s Store,
    is_stored: bool,
    since: Instant,
}

impl Drop for Outcome<'_> {
    fn drop(&mut self) {
        let is_writable = &self.store.is_writable;
        is_writable.store(self.is_stored, Ordering::Relaxed);
        telemetry::changed(self.since, self.is_stored);
    }
}

/// How long a change waits, also if in vain.
struct Waiting(Instant);

impl Waiting {
    fn begin(pool: &Pool) -> Self {
        telemetry::connections(pool);
        Self(Instant::now())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        telemetry::change_waited(self.0);
    }
}

impl Change<'_> {
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let batches = self.insert_scim_changes().await?;
        self.announce().await?;
        self.number_scim_changes(&batches).await?;
        self.transaction.commit().await?;
        if !batches.is_empty() {
            self.store.scim_may_have_changed();
        }
        #[cfg(feature = "redis")]
        self.uncommitted.keep();
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
        let database = Database::parse(url).map_err(OpenStoreError::Url)?;
        let key = KeySource::new(key, database.key_file())?;
        let pool = database.open().await?;
        let cipher = encryption::fitting_cipher(&pool, key).await?;
        let mut store = Self {
            since_sweep: audit::SinceSweep::start(),
            by_strangers: audit::Uncounted::start(),
            is_writable: AtomicBool::default(),
            database,
            server: crate::random_token(),
            sessions: SessionHome::Database,
            pool,
            line: Mutex::default(),
            cipher,
            former_sessions_until: 0,
            scim_news: watch::Sender::new(()),
        };
        #[cfg(feature = "postgres")]
        store.end_move().await?;
        #[cfg(feature = "sqlite")]
        store.take_over_former_sessions().await?;
        store.former_sessions_until = store.read_former_sessions_until().await?;
        Ok(store)
    }

    /// Makes sure that the database answers and takes what is written. The last change tells; after
    /// one that was not stored, this writes by itself until it can.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        if self.is_writable.load(Ordering::Relaxed) {
            sqlx::query("SELECT 1").execute(&self.pool).await?;
            return Ok(());
        }
        self.try_to_write().await.inspect_err(|error| {
            tracing::error!(error = with_causes(error), "nothing can be written");
        })
    }

    /// Waits for what is under way, and then nothing can be read or written any more.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    async fn try_to_write(&self) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        change.put_setting(WRITTEN_AT, &now().0.to_string()).await?;
        change.commit().await
    }

    /// Begins a change in its turn: on no server is another of this kind under way. What it reads
    /// stays so until it is committed.
    pub(crate) async fn change(&self) -> Result<Change<'_>, StoreError> {
        let waiting = Waiting::begin(&self.pool);
        let turn = self.turn().await?;
        let outcome = self.outcome();
        let transaction = self.database.begin(&self.pool).await?;
        drop(waiting);
        Ok(self.changing(transaction, outcome, Some(turn)))
    }

    /// Begins a change of single sessions and states, beside all other changes where the database
    /// has more than one writer. What it reads with [`Change::session`] stays so until it is
    /// committed.
    pub(crate) async fn concurrent_change(&self) -> Result<Change<'_>, StoreError> {
        let waiting = Waiting::begin(&self.pool);
        let turn = match self.database.has_one_writer() {
            true => Some(self.turn().await?),
            false => None,
        };
        let outcome = self.outcome();
        let transaction = self.database.begin_concurrent(&self.pool).await?;
        drop(waiting);
        Ok(self.changing(transaction, outcome, turn))
    }

    async fn turn(&self) -> Result<MutexGuard<'_, ()>, StoreError> {
        tokio::time::timeout(LINE_TIMEOUT, self.line.lock())
            .await
            .map_err(|_| StoreError::Busy)
    }

    fn outcome(&self) -> Outcome<'_> {
        tracing::trace!("a change begins");
        Outcome {
            store: self,
            is_stored: false,
            since: Instant::now(),
        }
    }

    fn changing<'s>(
        &'s self,
        transaction: Box<Transaction>,
        outcome: Outcome<'s>,
        turn: Option<MutexGuard<'s, ()>>,
    ) -> Change<'s> {
        Change {
            store: self,
            transaction,
            news: News::default(),
            scim_changes: Vec::new(),
            #[cfg(feature = "redis")]
            uncommitted: Uncommitted::default(),
            outcome,
            _turn: turn,
        }
    }

    /// Deletes what has expired: it opens nothing, but takes room. A part at a time, so that nobody
    /// waits for it.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        loop {
            let mut change = self.change().await?;
            let states = change.delete_expired_states(SWEPT_AT_ONCE).await?;
            let attempts = change.delete_former_attempts(SWEPT_AT_ONCE).await?;
            let requests = change.delete_former_requests(SWEPT_AT_ONCE).await?;
            let of_scim = change.delete_old_scim_requests(SWEPT_AT_ONCE).await?;
            // Last, because it holds the row that numbers come from.
            let changes = change.delete_old_scim_changes(SWEPT_AT_ONCE).await?;
            if states + attempts + requests + changes + of_scim == 0 {
                change.delete_former_admin_tokens().await?;
                change.delete_former_connection_setups().await?;
                change.delete_former_setup_links().await?;
                change.delete_old_audit().await?;
                change.delete_former_scim_tokens().await?;
                return change.commit().await;
            }
            change.commit().await?;
        }
    }

    /// Whether session ids that this version did not make may still be good.
    pub(crate) fn accepts_former_sessions(&self) -> bool {
        self.former_sessions_until > now().0
    }

    async fn read_former_sessions_until(&self) -> Result<i64, StoreError> {
        let until = self.setting(FORMER_SESSIONS_UNTIL).await?;
        Ok(until.and_then(|until| until.parse().ok()).unwrap_or(0))
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
