//! Several servers on one database: what one changes, the others obey.
//!
//! Each announces its changes, and each remembers what it has read as long as it hears the others.
//! One that can't hear remembers for two seconds only, and reads the settings again. Sessions in
//! Redis are never remembered for longer: one may end there, and the change that announces it fail.

#[cfg(feature = "postgres")]
mod hear;
mod lease;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

pub(crate) use lease::Lease;

use crate::{
    connection::Connections,
    session::Sessions,
    store::{Store, StoreError},
};

/// How long the database may take to say whether the settings have changed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often that is asked while the others can't be heard.
const CATCH_UP_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Servers {
    store: Arc<Store>,
    connections: Arc<Connections>,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "there is one server")
    )]
    sessions: Arc<Sessions>,
    lease: Arc<Lease>,
    last_look: Mutex<Option<Look>>,
}

/// A look at the settings in the database.
struct Look {
    /// What was found; nothing where the database didn't answer.
    generation: Option<i64>,
    /// Until then nobody looks again.
    counts_until: Instant,
}

impl Servers {
    pub(crate) fn new(
        store: Arc<Store>,
        connections: Arc<Connections>,
        sessions: Arc<Sessions>,
        lease: Arc<Lease>,
    ) -> Self {
        Self {
            store,
            connections,
            sessions,
            lease,
            last_look: Mutex::default(),
        }
    }

    /// Makes sure that the settings in memory aren't older than the promise. It costs nothing while
    /// the others can be heard.
    ///
    /// # Errors
    ///
    /// The database can't be read, so nobody knows what counts.
    pub(crate) async fn keep_up(&self) -> Result<(), StoreError> {
        if self.lease.is_valid(Instant::now()) {
            return Ok(());
        }
        self.catch_up().await
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        // Of those who come at once, one looks for all.
        let mut last = self.last_look.lock().await;
        let known = match &*last {
            Some(look) if look.counts_until > Instant::now() => {
                return look.generation.map(drop).ok_or(StoreError::Busy);
            }
            look => look.as_ref().and_then(|look| look.generation),
        };
        let begun = Instant::now();
        let looking = tokio::time::timeout(PATIENCE, self.look(known)).await;
        let found = looking.unwrap_or(Err(StoreError::Busy));
        *last = Some(match &found {
            Ok(generation) => Look {
                generation: Some(*generation),
                counts_until: begun + CATCH_UP_EVERY,
            },
            Err(_) => Look {
                generation: None,
                counts_until: Instant::now() + CATCH_UP_EVERY,
            },
        });
        found.map(drop)
    }

    /// Reads the settings again if they have changed since.
    async fn look(&self, known: Option<i64>) -> Result<i64, StoreError> {
        let generation = self.store.generation().await?;
        if known != Some(generation) {
            self.connections.read_all_again().await?;
        }
        Ok(generation)
    }
}
