//! What is kept: the connection, the role table, who is admin, the setup code, sign-ins under way, the audit trail.
//!
//! One SQL text serves SQLite and PostgreSQL (through sqlx' `Any` driver). Sessions are kept beside it by
//! tower-sessions' published store.

mod admins;
mod attempts;
mod audit;
mod encryption;
mod roles;
mod setup;

use std::{path::Path, str::FromStr};

use okta_types::{ConnectionOptions, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    AnyPool, ConnectOptions, Row,
    any::AnyPoolOptions,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool},
};
use time::OffsetDateTime;
use tokio::sync::Mutex;
use tower_sessions::ExpiredDeletion;
use tower_sessions_sqlx_store::SqliteStore;

pub(crate) use attempts::{Attempt, Purpose};
pub(crate) use audit::Place as AuditPlace;
pub(crate) use encryption::Cipher;
pub(crate) use setup::SetupCode;

use crate::error::{EncryptionError, OpenError, StoreError, is_corrupt, is_read_only};

static MIGRATOR: Migrator = sqlx::migrate!();

/// Encrypted once with the key in use, so that another key is noticed before it does harm.
const KEY_CHECK: &str = "key_check";

/// Moments in the database are whole seconds.
pub(crate) fn now() -> Timestamp {
    Timestamp(OffsetDateTime::now_utc().unix_timestamp())
}

/// Finer than a moment, so that of what happened within one second the order is known.
fn microseconds() -> i64 {
    let nanoseconds = OffsetDateTime::now_utc().unix_timestamp_nanos();
    i64::try_from(nanoseconds / 1000).unwrap_or(i64::MAX)
}

/// SQLite wants a LIMIT before an OFFSET, and PostgreSQL takes the same text.
const NO_LIMIT: i64 = i64::MAX;

pub(crate) struct Store {
    pool: AnyPool,
    /// SQLite has one writer at a time, and lets everybody else try again after longer and longer waits. In this line the
    /// first is served first.
    writing: Mutex<()>,
    cipher: Cipher,
    pub(crate) sessions: SqliteStore,
}

/// A row of `okta_connection`, its secret readable.
pub(crate) struct StoredConnection {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) connected_at: Timestamp,
    pub(crate) api_token: Option<SecretString>,
    pub(crate) options: ConnectionOptions,
}

impl Store {
    /// Opens the database, brings its tables up to date and makes sure that the key fits.
    pub(crate) async fn open(url: &str, key: Option<&SecretString>) -> Result<Self, OpenError> {
        if !url.starts_with("sqlite:") {
            let kind = url.split_once(':').map_or(url, |(kind, _)| kind);
            return Err(OpenError::DatabaseUrl(kind.to_owned()));
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|_| OpenError::DatabaseUrl(url.to_owned()))?;
        let file = options.get_filename().to_owned();
        let writable = !url.contains("mode=ro");

        // The first connection creates the file and sets the journal mode, which the file remembers.
        let session_options = if writable {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
        } else {
            options
        };
        let opened = |source| opening_failed(&file, source);
        let session_pool = SqlitePool::connect_with(session_options.disable_statement_logging())
            .await
            .map_err(opened)?;

        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new().connect(url).await.map_err(opened)?;

        migrate(&pool, &file).await?;
        let sessions = SqliteStore::new(session_pool);
        if let Err(error) = sessions.migrate().await
            && !is_read_only(&error)
        {
            return Err(opening_failed(&file, error).into());
        }

        let cipher = fitting_cipher(&pool, &file, key).await?;
        Ok(Self {
            pool,
            writing: Mutex::default(),
            cipher,
            sessions,
        })
    }

    pub(crate) fn encrypt(&self, place: &str, plaintext: &str) -> Result<String, StoreError> {
        Ok(self.cipher.encrypt(place, plaintext)?)
    }

    pub(crate) fn decrypt(&self, place: &str, text: &str) -> Result<SecretString, StoreError> {
        Ok(self.cipher.decrypt(place, text)?)
    }

    /// Deletes sessions that have expired and audit entries that are too old.
    pub(crate) async fn sweep(&self) -> Result<(), StoreError> {
        self.sessions
            .delete_expired()
            .await
            .map_err(tower_sessions::session::Error::from)?;
        self.delete_old_audit().await
    }

    pub(crate) async fn connection(
        &self,
        name: &str,
    ) -> Result<Option<StoredConnection>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, issuer, client_id, client_secret, connected_at, api_token, options \
             FROM okta_connection WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let name: String = row.try_get("name")?;
        let client_secret = self.decrypt(
            &client_secret_place(&name),
            &row.try_get::<String, _>("client_secret")?,
        )?;
        let api_token: String = row.try_get("api_token")?;
        let api_token = (!api_token.is_empty())
            .then(|| self.decrypt(&api_token_place(&name), &api_token))
            .transpose()?;
        let options: String = row.try_get("options")?;
        let options = serde_json::from_str(&options).map_err(|error| StoreError::Unreadable {
            what: "connection's options",
            reason: error.to_string(),
        })?;
        Ok(Some(StoredConnection {
            id: row.try_get("id")?,
            issuer: row.try_get("issuer")?,
            client_id: row.try_get("client_id")?,
            client_secret,
            connected_at: Timestamp(row.try_get("connected_at")?),
            api_token,
            options,
            name,
        }))
    }

    /// Replaces the connection of this name in one statement: whoever dies in between leaves the old or the new one.
    pub(crate) async fn put_connection(
        &self,
        connection: &StoredConnection,
    ) -> Result<(), StoreError> {
        let client_secret = self.encrypt(
            &client_secret_place(&connection.name),
            connection.client_secret.expose_secret(),
        )?;
        let api_token = match &connection.api_token {
            Some(token) => {
                self.encrypt(&api_token_place(&connection.name), token.expose_secret())?
            }
            None => String::new(),
        };
        sqlx::query(
            "INSERT INTO okta_connection \
             (name, id, issuer, client_id, client_secret, connected_at, api_token, options) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (name) DO UPDATE SET id = excluded.id, issuer = excluded.issuer, \
             client_id = excluded.client_id, client_secret = excluded.client_secret, \
             connected_at = excluded.connected_at, api_token = excluded.api_token, options = excluded.options",
        )
        .bind(&connection.name)
        .bind(&connection.id)
        .bind(&connection.issuer)
        .bind(&connection.client_id)
        .bind(client_secret)
        .bind(connection.connected_at.0)
        .bind(api_token)
        .bind(serde_json::json!(connection.options).to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT value FROM okta_setting WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get("value")).transpose()?)
    }

    async fn put_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_setting (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn delete_connection(&self, name: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_connection WHERE name = $1")
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn api_token_place(name: &str) -> String {
    format!("okta_connection/{name}/api_token")
}

fn client_secret_place(name: &str) -> String {
    format!("okta_connection/{name}/client_secret")
}

async fn migrate(pool: &AnyPool, file: &Path) -> Result<(), StoreError> {
    let database = file.display().to_string();
    MIGRATOR.run(pool).await.map_err(|error| match error {
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
            source: Box::new(source),
        },
    })
}

fn opening_failed(file: &Path, source: sqlx::Error) -> StoreError {
    let database = file.display().to_string();
    if is_corrupt(&source) {
        StoreError::Corrupt { database }
    } else if is_read_only(&source) {
        StoreError::ReadOnly
    } else {
        StoreError::Open { database, source }
    }
}

/// The cipher for this database: of the given key, of the key file, or of a new key file if the database is new.
async fn fitting_cipher(
    pool: &AnyPool,
    file: &Path,
    key: Option<&SecretString>,
) -> Result<Cipher, OpenError> {
    let sealed: Option<String> = sqlx::query("SELECT value FROM okta_setting WHERE name = $1")
        .bind(KEY_CHECK)
        .fetch_optional(pool)
        .await
        .map_err(StoreError::from)?
        .map(|row| row.try_get("value"))
        .transpose()
        .map_err(StoreError::from)?;

    let key_file = encryption::key_file_beside(file);
    let cipher = match key {
        Some(key) => Cipher::from_base64(key)?,
        None if key_file.exists() => Cipher::from_key_file(&key_file)?,
        None if sealed.is_some() => return Err(EncryptionError::KeyFileMissing(key_file).into()),
        None => Cipher::create_key_file(&key_file)?,
    };

    match sealed {
        Some(sealed) => {
            cipher
                .decrypt(KEY_CHECK, &sealed)
                .map_err(|_| EncryptionError::WrongKey)?;
        }
        None => {
            let sealed = cipher.encrypt(KEY_CHECK, KEY_CHECK)?;
            sqlx::query("INSERT INTO okta_setting (name, value) VALUES ($1, $2)")
                .bind(KEY_CHECK)
                .bind(sealed)
                .execute(pool)
                .await
                .map_err(StoreError::from)?;
        }
    }
    Ok(cipher)
}
