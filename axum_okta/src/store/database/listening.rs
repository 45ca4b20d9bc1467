//! Hearing what is announced on PostgreSQL, on a connection of its own.

use std::time::Duration;

use sqlx::{
    Executor,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};

use super::postgres::CHANNEL;
use crate::store::StoreError;

/// How long connecting, or an answer, may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Hears everything that is committed after it was opened, in the order of the commits.
pub(crate) struct Listening {
    listener: PgListener,
    /// Where this server hears itself only.
    own_channel: String,
    beats: u64,
    heard: u64,
}

pub(crate) enum Heard {
    /// The text of an announcement.
    Announcement(String),
    /// The last [beat](Listening::beat): nothing that was committed before it is missing.
    Beat,
}

impl Listening {
    pub(super) async fn open(options: PgConnectOptions) -> Result<Self, StoreError> {
        in_time(async {
            let pool = PgPoolOptions::new().max_connections(1);
            let pool = pool.connect_lazy_with(options);
            let mut listener = PgListener::connect_with(&pool).await?;
            // What is announced between two connections would be missing.
            listener.eager_reconnect(false);
            let own_channel = format!("{CHANNEL}_{:032x}", rand::random::<u128>());
            listener.listen_all([CHANNEL, &own_channel]).await?;
            Ok(Self {
                listener,
                own_channel,
                beats: 0,
                heard: 0,
            })
        })
        .await
    }

    /// Waits for what is announced. An error says that something may have been missed.
    pub(crate) async fn next(&mut self) -> Result<Heard, StoreError> {
        loop {
            let Some(notification) = self.listener.try_recv().await? else {
                return Err(StoreError::Query("the connection was closed".into()));
            };
            let payload = notification.payload();
            if notification.channel() == CHANNEL {
                return Ok(Heard::Announcement(payload.to_owned()));
            }
            if payload == self.beats.to_string() {
                self.heard = self.beats;
                return Ok(Heard::Beat);
            }
        }
    }

    /// Has the database tell this connection something, which proves that it hears: an answer alone
    /// would not, for example behind a proxy that shares connections. An error says that the last
    /// one wasn't heard.
    pub(crate) async fn beat(&mut self) -> Result<(), StoreError> {
        if self.heard < self.beats {
            return Err(StoreError::Query(
                "LISTEN is not answered. Connect to PostgreSQL itself, or to a pooler in session mode".into(),
            ));
        }
        self.beats += 1;
        let notify = sqlx::query("SELECT pg_notify($1, $2)")
            .bind(&self.own_channel)
            .bind(self.beats.to_string());
        in_time(async { self.listener.execute(notify).await }).await?;
        Ok(())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    let done = tokio::time::timeout(PATIENCE, work).await;
    Ok(done.map_err(|_| StoreError::Busy)??)
}
