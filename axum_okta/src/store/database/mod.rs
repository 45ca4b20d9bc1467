//! Which database it is, and all in which one differs from another.
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    allow(unused, clippy::unused_async)
)]

mod in_time;
#[cfg(feature = "postgres")]
mod listening;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg_attr(not(feature = "postgres"), allow(dead_code))]
mod url;

use std::path::PathBuf;

use sqlx::migrate::{MigrateError, Migrator};

use super::{
    StoreError,
    error::{Complaint, complaint},
};

pub(super) use in_time::{Pool, Transaction};
#[cfg(feature = "postgres")]
pub(crate) use listening::{Heard, Listening};

pub(crate) use self::url::UrlError;

static MIGRATOR: Migrator = sqlx::migrate!();

/// Where it is stored.
pub(super) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
}

impl Database {
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        #[cfg(feature = "sqlite")]
        if url.starts_with("sqlite:") {
            let sqlite = sqlite::Sqlite::parse(url).ok_or(UrlError::Malformed)?;
            return Ok(Self::Sqlite(sqlite));
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return postgres::Postgres::parse(url).map(Self::Postgres);
        }
        let kind = url.split_once(':').map_or(url, |(kind, _)| kind);
        Err(UrlError::Kind(kind.to_owned()))
    }

    /// Opens it, its tables up to date.
    pub(super) async fn open(&self) -> Result<Pool, StoreError> {
        sqlx::any::install_default_drivers();
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref sqlite) => sqlite.open().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(ref postgres) => postgres.open().await,
        }
    }

    /// Where the key is kept unless the operator gives it.
    pub(super) fn key_file(&self) -> Option<PathBuf> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref sqlite) => Some(sqlite.key_file()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Whether all that is written is one line, whatever it is.
    pub(super) fn has_one_writer(&self) -> bool {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => true,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => false,
        }
    }

    /// Whether other servers may use it, too.
    pub(super) fn has_others(&self) -> bool {
        !self.has_one_writer()
    }

    /// Tells all servers that listen, as soon as the transaction is committed.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(unused_variables, reason = "there are no others")
    )]
    pub(super) async fn notify(
        &self,
        transaction: &mut Transaction,
        message: &str,
    ) -> Result<(), sqlx::Error> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::notify(transaction, message).await,
        }
    }

    /// Opens what hears the announcements of all servers; nothing where there is one server.
    #[cfg(feature = "postgres")]
    pub(super) async fn listen(&self) -> Result<Option<Listening>, StoreError> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(ref postgres) => postgres.listen().await.map(Some),
        }
    }

    /// Begins a change that waits for every other of its kind, on all servers.
    pub(super) async fn begin(&self, pool: &Pool) -> Result<Box<Transaction>, sqlx::Error> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::begin(pool).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::begin_in_turn(pool).await,
        }
    }

    /// Begins a change that waits for others of the same rows only, where the database has more
    /// than one writer.
    pub(super) async fn begin_concurrent(
        &self,
        pool: &Pool,
    ) -> Result<Box<Transaction>, sqlx::Error> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => sqlite::begin(pool).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::begin(pool).await,
        }
    }

    /// The elements of a JSON array that is a parameter, as a table: each is a `value`, and `value ->> 0` the first
    /// text of one that is an array itself. So a statement has the same few parameters for any number of rows.
    pub(super) fn elements(&self, parameter: &str) -> String {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => format!("json_each({parameter})"),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => format!("json_array_elements(CAST({parameter} AS JSON))"),
        }
    }

    /// Ends a `SELECT` of a row that nobody else may change before this change ends.
    pub(super) fn for_update(&self) -> &'static str {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => " FOR UPDATE",
        }
    }

    /// Ends a `SELECT` of a row that nobody may delete before this change ends.
    pub(super) fn for_key_share(&self) -> &'static str {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => "",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => " FOR KEY SHARE",
        }
    }
}

fn migration_failed(database: &str, error: MigrateError) -> StoreError {
    let database = database.to_owned();
    let complaint = match &error {
        MigrateError::VersionMissing(version) => {
            let version = *version;
            return StoreError::Newer { database, version };
        }
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            complaint(source)
        }
        _ => None,
    };
    match complaint {
        Some(Complaint::ReadOnly) => StoreError::ReadOnly,
        Some(Complaint::Corrupt) => StoreError::Corrupt { database },
        Some(Complaint::Busy) | None => StoreError::Migrate {
            database,
            source: error.into(),
        },
    }
}
