//! Whose turn it is to change the settings, so that two admins can't mix two connections, or two role
//! tables.

use std::sync::Arc;

use tokio::sync::{OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::lines::Lines;

/// Changes of one connection come one after the other. Those of others go on beside them: a change
/// checks the connection, and its provider may take as long as it likes.
#[derive(Default)]
pub(crate) struct Turns {
    connections: Lines,
    everybody: Arc<RwLock<()>>,
}

/// Until it is dropped, nobody else changes this connection.
pub(crate) struct Turn {
    _of_connection: OwnedMutexGuard<()>,
    _among_others: OwnedRwLockReadGuard<()>,
}

/// Until it is dropped, nobody else changes anything.
pub(crate) struct TurnOfAll {
    _alone: OwnedRwLockWriteGuard<()>,
}

impl Turns {
    /// Waits until nobody else is changing this connection.
    pub(crate) async fn of(&self, connection: &str) -> Turn {
        Turn {
            _of_connection: self.connections.front_of(connection).await,
            _among_others: self.everybody.clone().read_owned().await,
        }
    }

    /// Waits until nobody else is changing any connection.
    pub(crate) async fn of_all(&self) -> TurnOfAll {
        TurnOfAll {
            _alone: self.everybody.clone().write_owned().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_connection_waits_for_itself_and_for_what_is_about_all() {
        let turns = Turns::default();
        let acme = turns.of("acme").await;
        assert!(turns.of("acme").now_or_never().is_none());
        assert!(turns.of("beta").now_or_never().is_some());
        assert!(turns.of_all().now_or_never().is_none());
        drop(acme);
        let all = turns.of_all().await;
        assert!(turns.of("acme").now_or_never().is_none());
        drop(all);
        assert!(turns.of("acme").now_or_never().is_some());
    }
}
