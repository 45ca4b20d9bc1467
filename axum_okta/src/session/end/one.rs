//! Ending one session. If the app does it, it may continue under a new id.

use std::{
    collections::hash_map,
    sync::{Arc, Mutex, PoisonError},
};

use okta_types::{Actor, AuditEntry, AuditEvent};
use tokio::sync::oneshot;
use tower_sessions::session::{Id, Record};

use super::{Ending, until_stored};
use crate::{
    audit,
    session::{EndCause, Sessions, after_end::Remains, id, record},
    store::{Change, SessionKey, StoreError, StoredSession},
    telemetry,
};

pub(super) struct End {
    cause: EndCause,
    entry: Option<AuditEntry>,
    /// The id, if the session may continue under a new one.
    moves: Option<Id>,
}

impl Sessions {
    /// Ends the session for good. An unknown id costs nothing.
    pub(crate) async fn end(
        self: &Arc<Self>,
        id: Id,
        cause: EndCause,
        entry: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        if !id::is_ours(&self.store, &id) {
            return Ok(());
        }
        self.end_found(SessionKey::of(&id), cause, entry).await
    }

    /// Ends a session that was found in the database, whose id only its browser knows.
    pub(crate) async fn end_found(
        self: &Arc<Self>,
        key: SessionKey,
        cause: EndCause,
        entry: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        let end = End {
            cause,
            entry,
            moves: None,
        };
        self.end_one(key, end).await
    }

    /// The app can end sessions, too, with `Session::flush`, `delete` or `cycle_id`. With
    /// `cycle_id`, the session continues under the id that is [created](Self::create) next.
    pub(crate) async fn delete(self: &Arc<Self>, id: &Id) -> Result<(), StoreError> {
        if !id::is_ours(&self.store, id) {
            return Ok(());
        }
        telemetry::ended(telemetry::Ended::App, 1);
        let end = End {
            cause: EndCause::App,
            entry: None,
            moves: Some(*id),
        };
        self.end_one(SessionKey::of(id), end).await
    }

    async fn end_one(self: &Arc<Self>, key: SessionKey, end: End) -> Result<(), StoreError> {
        match self.ends().unfinished.entry(key.clone()) {
            hash_map::Entry::Occupied(mut under_way) => {
                under_way.get_mut().join(end);
                return Ok(());
            }
            hash_map::Entry::Vacant(none) => none.insert(end),
        };
        self.end_in_memory(&key);
        let (tell, told) = oneshot::channel();
        // Continues even if the browser disconnects.
        tokio::spawn(self.clone().end_one_until_stored(key, tell));
        self.in_time(async { told.await.unwrap_or(Err(StoreError::Busy)) })
            .await
    }

    async fn end_one_until_stored(
        self: Arc<Self>,
        key: SessionKey,
        tell: oneshot::Sender<Result<(), StoreError>>,
    ) {
        let taken = Mutex::default();
        let first = self.store_end_of_one(&key, &taken).await;
        let is_stored = first.is_ok();
        if tell.send(first).is_err() {
            // Nobody is waiting any more, so nobody continues the session.
            self.give_up_move(&key);
        }
        if !is_stored {
            until_stored(|| self.store_end_of_one(&key, &taken)).await;
        }
    }

    async fn store_end_of_one(
        &self,
        key: &SessionKey,
        taken: &Mutex<Option<StoredSession>>,
    ) -> Result<(), StoreError> {
        let entry = self.ends().unfinished.get(key).map(|end| end.entry.clone());
        let one = One {
            key,
            taken,
            entry: entry.flatten(),
        };
        let taken = self.delete_with_entry(&one).await?;
        let end = {
            let mut ends = self.ends();
            let end = ends.unfinished.remove(key);
            let moves = end.as_ref().and_then(|end| end.moves);
            let moved = moves.and_then(|id| record(id, taken.as_ref()?).ok());
            if let Some(moved) = moved.filter(|moved| !ends.end(moved)) {
                ends.moving.insert(key.clone(), moved);
                None
            } else {
                end
            }
        };
        self.end_stored.notify_waiters();
        if let (Some(end), Some(taken)) = (end, taken) {
            self.is_over(Remains::of(key, &taken), end.cause);
        }
        Ok(())
    }

    fn is_over(&self, remains: Remains, cause: EndCause) {
        if cause == EndCause::App
            && let Some(holder) = &remains.holder
        {
            let store = self.store.clone();
            let (event, actor) = (AuditEvent::SessionEnded, Actor::from(holder));
            let detail = "This app ended it".to_owned();
            let entry = audit::entry(event, actor, holder.address, detail);
            self.runtime
                .spawn(async move { audit::Audit::new(store).record(entry).await });
        }
        self.after_end([remains], cause);
    }

    pub(in crate::session) fn end_in_memory(&self, key: &SessionKey) {
        self.live.forget(key);
        self.give_up_move(key);
        self.watched.has_changed(key);
    }

    /// Another server has ended it.
    #[cfg(feature = "postgres")]
    pub(crate) fn heard_end(&self, key: &SessionKey) {
        self.end_in_memory(key);
    }

    /// Takes a session that may continue under a new id, unless somebody else has ended it. Nobody
    /// else can from now on.
    pub(in crate::session) fn take_move(&self, id: &Id) -> Option<Record> {
        self.ends().moving.remove(&SessionKey::of(id))
    }

    /// Nobody continues the session any more.
    pub(crate) fn give_up_move(&self, key: &SessionKey) {
        let moved = self.ends().moving.remove(key);
        if let Some(moved) = moved {
            self.is_over(Remains::of_record(&moved), EndCause::App);
        }
    }

    /// The same for all of these.
    pub(super) fn give_up_moves(&self, which: impl Fn(&Record) -> bool) {
        let moved: Vec<_> = {
            let mut ends = self.ends();
            ends.moving.extract_if(|_, moved| which(moved)).collect()
        };
        for (_, moved) in moved {
            self.is_over(Remains::of_record(&moved), EndCause::App);
        }
    }

    /// Whoever moves may have been ended by another server.
    #[cfg(feature = "postgres")]
    pub(in crate::session) fn forget_moves(&self) {
        self.give_up_moves(|_| true);
    }
}

impl End {
    /// Somebody else ends the same session.
    fn join(&mut self, other: Self) {
        self.moves = None;
        self.entry = self.entry.take().or(other.entry);
        if self.cause == EndCause::App {
            self.cause = other.cause;
        }
    }
}

struct One<'k> {
    key: &'k SessionKey,
    /// What it was. Outside of the database, whoever tries again doesn't find it.
    taken: &'k Mutex<Option<StoredSession>>,
    entry: Option<AuditEntry>,
}

impl Ending for One<'_> {
    type Ended = Option<StoredSession>;

    async fn delete(&self, change: &mut Change<'_>) -> Result<Self::Ended, StoreError> {
        let found = change.take_session(self.key).await?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = found.or(taken.take());
        Ok(taken.clone())
    }

    fn entry(&self, ended: &Self::Ended) -> Option<AuditEntry> {
        self.entry.clone().filter(|_| ended.is_some())
    }
}
