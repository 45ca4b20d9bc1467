//! Waiting for the end of a session, for what outlives a request: a WebSocket, a stream of events.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch::{Receiver, Sender},
    time::timeout,
};
use tower_sessions::session::Id;

use super::Sessions;
use crate::store::{SessionKey, now};

/// Watches that nobody waits for any more are cleared away when there are this many.
const CLEAR_AT: usize = 1024;

/// Seconds until a session that could not be read is looked at again.
const LOOK_AGAIN_AFTER: u64 = 1;
/// How often it is looked at in vain.
const LOOKS: u32 = 3;

/// The sessions that somebody waits for.
#[derive(Default)]
pub(super) struct Watched(Mutex<HashMap<SessionKey, Sender<()>>>);

impl Watched {
    fn watch(&self, key: SessionKey) -> Receiver<()> {
        let mut watched = self.watched();
        if watched.len() >= CLEAR_AT && watched.len() == watched.capacity() {
            watched.retain(|_, sender| sender.receiver_count() > 0);
        }
        watched.entry(key).or_default().subscribe()
    }

    /// Everybody who waits for this session looks whether it is still there.
    pub(super) fn has_changed(&self, key: &SessionKey) {
        // Those who wait learn from the missing sender.
        self.watched().remove(key);
    }

    /// Everybody who waits looks whether their session is still there.
    pub(super) fn look_again(&self) {
        self.watched().clear();
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<SessionKey, Sender<()>>> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    /// Everybody who waits for the end of a session looks whether somebody is still signed in with it.
    pub(crate) fn look_again(&self) {
        self.watched.look_again();
    }

    /// Waits until nobody is signed in with this session any more, as far as this server knows, until
    /// Okta has to be asked whether somebody is, or until the database hasn't been able to tell for a few seconds. It costs nothing while nothing
    /// happens.
    pub(crate) async fn ended(self: &Arc<Self>, id: Id) {
        let key = SessionKey::of(&id);
        let mut looks = LOOKS;
        while looks > 0 {
            let mut watch = self.watched.watch(key.clone());
            let left = match self.end_without_use(id).await {
                Ok(None) => return,
                Ok(Some(end)) => {
                    looks = LOOKS;
                    u64::try_from(end.0.saturating_sub(now().0)).unwrap_or(0)
                }
                Err(_) => {
                    looks -= 1;
                    LOOK_AGAIN_AFTER
                }
            };
            // Either way, it is looked at again.
            let _expired = timeout(Duration::from_secs(left), watch.changed()).await;
        }
    }
}
