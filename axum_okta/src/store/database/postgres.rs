//! PostgreSQL: many servers on one database.

use std::str::FromStr;

use sqlx::{
    AnyConnection, ConnectOptions, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{
    Listening, MIGRATOR, Pool, Transaction,
    in_time::in_time,
    migration_failed,
    url::{ParsedUrl, UrlError},
};
use crate::store::{LINE_TIMEOUT, StoreError, error::Source};

/// Nothing waits for ever: neither for a lock, nor for a query, nor for a server that stopped in
/// the middle of a change and keeps the others waiting.
const TIMEOUTS: &str = "SET lock_timeout = '5s'; SET statement_timeout = '5s'; \
                        SET idle_in_transaction_session_timeout = '10s'";

/// Each statement sees what was committed before it, and so what the change before this one did,
/// whatever the database's default is.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Released when the transaction ends, however it ends. The number is `okta` in ASCII.
const IN_TURN: &str = "SELECT pg_advisory_xact_lock(1869313121)";

/// Where servers announce their changes.
pub(super) const CHANNEL: &str = "okta";

pub(in crate::store) struct Postgres {
    options: AnyConnectOptions,
    /// The same, for what only PostgreSQL has.
    own_options: PgConnectOptions,
    max_connections: u32,
    /// Without credentials.
    name: String,
}

impl Postgres {
    pub(super) fn parse(url: &str) -> Result<Self, UrlError> {
        let ParsedUrl { url, connections } = ParsedUrl::parse(url)?;
        let parsed = PgConnectOptions::from_str(&url).map_err(|_| UrlError::Malformed)?;
        let host = match parsed.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", parsed.get_host(), parsed.get_port()),
        };
        let database = parsed.get_database().unwrap_or(parsed.get_username());
        let name = format!("{database} on {host}");
        if !is_private(&parsed) {
            tracing::warn!(
                "the connection to the database {name} is not verified: somebody between could read and change \
                 everything. Add sslmode=verify-full to its URL"
            );
        }
        let options = AnyConnectOptions::from_str(&url).map_err(|_| UrlError::Malformed)?;
        Ok(Self {
            options: options.disable_statement_logging(),
            own_options: parsed.disable_statement_logging(),
            max_connections: connections,
            name,
        })
    }

    pub(super) async fn open(&self) -> Result<Pool, StoreError> {
        self.migrate().await?;
        let pool = AnyPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(LINE_TIMEOUT)
            .after_release(|connection, _| {
                Box::pin(async move {
                    // One that doesn't answer would keep its place in the pool.
                    in_time(connection.ping()).await?;
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(TIMEOUTS).await?;
                    Ok(())
                })
            });
        Ok(Pool::new(pool.connect_lazy_with(self.options.clone())))
    }

    pub(super) async fn listen(&self) -> Result<Listening, StoreError> {
        Listening::open(self.own_options.clone()).await
    }

    /// On a connection of its own, so that it may take its time. Of several servers that start at
    /// once, one migrates and the others wait: the migrator takes a lock.
    async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.connect().await?;
        connection
            .execute("SET client_min_messages = warning")
            .await?;
        MIGRATOR
            .run_direct(None, &mut connection, false)
            .await
            .map_err(|error| migration_failed(&self.name, error))?;
        Ok(connection.close().await?)
    }

    /// Connects as it is, whatever is in it.
    pub(in crate::store) async fn connect(&self) -> Result<AnyConnection, StoreError> {
        let connecting = AnyConnection::connect_with(&self.options);
        tokio::time::timeout(LINE_TIMEOUT, connecting)
            .await
            .map_err(|elapsed| self.unreachable(elapsed))?
            .map_err(|source| self.unreachable(source))
    }

    /// Without credentials.
    #[cfg(feature = "sqlite")]
    pub(in crate::store) fn name(&self) -> &str {
        &self.name
    }

    fn unreachable(&self, source: impl Into<Source>) -> StoreError {
        StoreError::Connect {
            database: self.name.clone(),
            source: source.into(),
        }
    }
}

/// Whether nobody is between this server and the database, or is kept out.
fn is_private(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let is_loopback = host
        .parse()
        .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    options.get_socket().is_some()
        || host == "localhost"
        || is_loopback
        || matches!(
            options.get_ssl_mode(),
            PgSslMode::VerifyCa | PgSslMode::VerifyFull
        )
}

pub(super) async fn begin(pool: &Pool) -> Result<Box<Transaction>, sqlx::Error> {
    pool.begin(BEGIN).await
}

pub(super) async fn begin_in_turn(pool: &Pool) -> Result<Box<Transaction>, sqlx::Error> {
    let mut transaction = begin(pool).await?;
    (&mut *transaction).execute(IN_TURN).await?;
    Ok(transaction)
}

pub(super) async fn notify(
    transaction: &mut Transaction,
    message: &str,
) -> Result<(), sqlx::Error> {
    // Not the result as it is: it has a type that sqlx' `Any` does not know.
    let notify = sqlx::query("SELECT pg_notify($1, $2)::text");
    let notify = notify.bind(CHANNEL).bind(message.to_owned());
    notify.execute(transaction).await?;
    Ok(())
}
