//! Telling the app that a connection has changed.

use okta_types::{ConnectionSummary, Timestamp};
use tokio::sync::mpsc;

use crate::{causes::with_causes, hook::Told, store::now};

/// More than an app falls behind by.
const WAITING: usize = 1000;

/// A connection that was created, changed, or deleted, for
/// [`OktaBuilder::on_connection_changed`](crate::OktaBuilder::on_connection_changed).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionChanged {
    /// What happened.
    pub kind: ConnectionChangeKind,
    /// The connection as it is now, or was before it was deleted.
    pub connection: ConnectionSummary,
    /// When it was stored.
    pub at: Timestamp,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectionChangeKind {
    /// It is new.
    Created,
    /// Its Okta app, its options, or what it is in this app has changed.
    Changed,
    /// It was deleted, or disconnected.
    Deleted,
}

/// The app's code, told of one change after the other. Nobody waits for it.
pub(super) struct Changes(Option<mpsc::Sender<ConnectionChanged>>);

impl Changes {
    /// To be called in a runtime.
    pub(super) fn told(hook: Option<Told<ConnectionChanged>>) -> Self {
        let Some(hook) = hook else {
            return Self(None);
        };
        let (changes, mut to_tell) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            while let Some(changed) = to_tell.recv().await {
                if let Err(error) = hook.tell(changed).await {
                    let error = with_causes(&error);
                    tracing::error!(error, "a connection has changed without the app's part");
                }
            }
        });
        Self(Some(changes))
    }

    pub(super) fn tell(&self, kind: ConnectionChangeKind, connection: ConnectionSummary) {
        let Some(changes) = &self.0 else {
            return;
        };
        let name = connection.name.clone();
        let changed = ConnectionChanged {
            kind,
            connection,
            at: now(),
        };
        if changes.try_send(changed).is_err() {
            tracing::error!(name, "a connection has changed without the app's part");
        }
    }
}
