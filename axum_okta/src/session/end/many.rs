//! Ending all sessions of somebody, or everybody's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use okta_types::AuditEntry;
use tokio::sync::oneshot;

use super::{Ending, is_of, until_stored};
use crate::{
    session::{EndCause, Sessions, after_end::Remains},
    store::{Change, EndedSession, SessionKey, StoreError, Whose},
};

/// Sessions that end together.
struct Many<E> {
    whose: Arc<Whose>,
    /// Those that have ended so far. Outside of the database, whoever tries again doesn't find
    /// them.
    ended: Mutex<HashMap<SessionKey, EndedSession>>,
    /// Makes the audit entry, from how many there were.
    entry: E,
}

impl Sessions {
    /// Ends all of these sessions, for good. `entry` makes the audit entry, from how many there
    /// were. Returns how many.
    ///
    /// An error says that they are still in the database. They count no longer on this server, and
    /// storing that is retried until it succeeds.
    pub(crate) async fn end_of(
        self: &Arc<Self>,
        whose: Whose,
        cause: EndCause,
        entry: impl Fn(usize) -> Option<AuditEntry> + Send + Sync + 'static,
    ) -> Result<usize, StoreError> {
        let whose = Arc::new(whose);
        self.ends().unfinished_of.push(whose.clone());
        self.end_all_in_memory(&whose);
        let many = Many {
            whose,
            ended: Mutex::default(),
            entry,
        };
        let (tell, told) = oneshot::channel();
        // Continues even if the browser disconnects.
        tokio::spawn(self.clone().end_until_stored(many, cause, tell));
        self.in_time(async { told.await.unwrap_or(Err(StoreError::Busy)) })
            .await
    }

    /// The same, if there are any: else nothing is written, and nobody waits in line for it.
    pub(crate) async fn end_any_of(
        self: &Arc<Self>,
        whose: Whose,
        cause: EndCause,
        entry: impl Fn(usize) -> Option<AuditEntry> + Send + Sync + 'static,
    ) -> Result<usize, StoreError> {
        self.index_former().await?;
        let is_moving = self.ends().moving.values().any(|it| is_of(it, &whose));
        match is_moving || self.store.has_sessions_of(&whose).await? {
            true => self.end_of(whose, cause, entry).await,
            false => Ok(0),
        }
    }

    async fn end_until_stored<E: Fn(usize) -> Option<AuditEntry> + Send + Sync>(
        self: Arc<Self>,
        many: Many<E>,
        cause: EndCause,
        tell: oneshot::Sender<Result<usize, StoreError>>,
    ) {
        let first = self.store_end_of(&many).await;
        let is_stored = first.is_ok();
        // Whether or not anybody still waits for it.
        let _told = tell.send(first);
        if !is_stored {
            until_stored(|| self.store_end_of(&many)).await;
        }
        let ended = many.ended();
        let remains = ended
            .values()
            .map(|ended| match self.store.content_of(ended) {
                Some(content) => Remains::of_content(&ended.key, &content),
                None => Remains::of_holder(&ended.key, self.store.holder_of(ended)),
            });
        self.after_end(remains, cause);
    }

    async fn store_end_of<E: Fn(usize) -> Option<AuditEntry> + Send + Sync>(
        &self,
        many: &Many<E>,
    ) -> Result<usize, StoreError> {
        // Sessions of an earlier version can't be found before.
        self.index_former().await?;
        let ended = self.delete_with_entry(many).await?;
        self.end_all_in_memory(&many.whose);
        // What memory knows of them may be older than what they are found by.
        for key in many.ended().keys() {
            self.end_in_memory(key);
        }
        self.ends()
            .unfinished_of
            .retain(|unfinished| !Arc::ptr_eq(unfinished, &many.whose));
        self.end_stored.notify_waiters();
        Ok(ended)
    }

    fn end_all_in_memory(&self, whose: &Whose) {
        self.live.forget_all_of(whose);
        self.give_up_moves(|record| is_of(record, whose));
        self.watched.look_again();
    }
}

impl<E> Many<E> {
    fn ended(&self) -> MutexGuard<'_, HashMap<SessionKey, EndedSession>> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: Fn(usize) -> Option<AuditEntry> + Send + Sync> Ending for Many<E> {
    type Ended = usize;

    async fn delete(&self, change: &mut Change<'_>) -> Result<usize, StoreError> {
        let found = change.delete_sessions_of(&self.whose).await?;
        let mut ended = self.ended();
        ended.extend(found.into_iter().map(|found| (found.key.clone(), found)));
        Ok(ended.len())
    }

    fn entry(&self, ended: &usize) -> Option<AuditEntry> {
        (self.entry)(*ended)
    }
}
