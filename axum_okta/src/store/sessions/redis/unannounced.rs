//! What counts in Redis already, and other servers have yet to hear through the database.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::SessionKey;

/// Announced by the next change that is committed, whichever it is.
#[derive(Default)]
pub(in crate::store) struct Unannounced(Mutex<HashSet<SessionKey>>);

impl Unannounced {
    pub(in crate::store::sessions) fn add(&self, keys: &[SessionKey]) {
        self.keys().extend(keys.iter().cloned());
    }

    pub(in crate::store) fn all(&self) -> Vec<SessionKey> {
        self.keys().iter().cloned().collect()
    }

    pub(in crate::store) fn remove(&self, announced: &[SessionKey]) {
        let mut keys = self.keys();
        for key in announced {
            keys.remove(key);
        }
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<SessionKey>> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
