//! The one way to end sessions: in memory at once, then in the database together with the audit
//! entry. If the write fails, it is retried until it succeeds.

use std::{
    collections::{HashMap, hash_map},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use okta_types::AuditEntry;
use tokio::sync::oneshot;
use tower_sessions::session::{Id, Record};

use super::{Content, EndCause, SessionEnded, Sessions, ended::holder, id, record};
use crate::{
    audit::Entries,
    causes::with_causes,
    store::{Change, EndedSession, SessionHolder, SessionKey, SessionOwner, StoreError, Whose},
    telemetry,
};

/// How often to retry storing an end.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Ends {
    /// Ended, but still in the database because the write failed.
    unfinished: HashMap<SessionKey, End>,
    /// The same for sessions that ended together.
    unfinished_of: Vec<Arc<Whose>>,
    /// Ended by a request that may continue it under a new id, unless somebody else ends it.
    moving: HashMap<SessionKey, Record>,
}

struct End {
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
                let under_way = under_way.get_mut();
                under_way.moves = None;
                under_way.entry = under_way.entry.take().or(end.entry);
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
        let first = self.store_end_of_one(&key).await;
        let is_stored = first.is_ok();
        if tell.send(first).is_err() {
            // Nobody is waiting any more, so nobody continues the session.
            self.take_move_of(&key);
        }
        if !is_stored {
            until_stored(|| self.store_end_of_one(&key)).await;
        }
    }

    async fn store_end_of_one(&self, key: &SessionKey) -> Result<(), StoreError> {
        let (cause, entry, moves) = match self.ends().unfinished.get(key) {
            Some(end) => (end.cause, end.entry.clone(), end.moves),
            None => (EndCause::App, None, None),
        };
        let ending = Ending::One { key, moves };
        let ended = self
            .delete_with_entry(ending, |count| entry.filter(|_| count > 0))
            .await?;
        self.finish_end(key, ended.moved);
        // The app knows of what it ends itself, and may go on with it.
        if cause != EndCause::App {
            self.tell_app(
                ended
                    .holder
                    .map(|holder| SessionEnded::new(key, holder, cause)),
            );
        }
        Ok(())
    }

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
        let (tell, told) = oneshot::channel();
        // Continues even if the browser disconnects.
        tokio::spawn(self.clone().end_all_until_stored(whose, cause, entry, tell));
        self.in_time(async { told.await.unwrap_or(Err(StoreError::Busy)) })
            .await
    }

    async fn end_all_until_stored(
        self: Arc<Self>,
        whose: Arc<Whose>,
        cause: EndCause,
        entry: impl Fn(usize) -> Option<AuditEntry> + Send + Sync,
        tell: oneshot::Sender<Result<usize, StoreError>>,
    ) {
        let ended = Mutex::default();
        let first = self.store_end_of_all(&whose, &ended, &entry).await;
        let is_stored = first.is_ok();
        // Whether or not anybody still waits for it.
        let _told = tell.send(first);
        if !is_stored {
            until_stored(|| self.store_end_of_all(&whose, &ended, &entry)).await;
        }
        let ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.tell_app(ended.values().filter_map(|session| {
            let holder = self.store.holder_of(session)?;
            Some(SessionEnded::new(&session.key, holder, cause))
        }));
    }

    async fn store_end_of_all(
        &self,
        whose: &Arc<Whose>,
        ended: &Mutex<HashMap<SessionKey, EndedSession>>,
        entry: impl Fn(usize) -> Option<AuditEntry>,
    ) -> Result<usize, StoreError> {
        // Sessions of an earlier version can't be found before.
        self.index_former().await?;
        let ending = Ending::All { whose, ended };
        let ended = self.delete_with_entry(ending, entry).await?.count;
        self.end_all_in_memory(whose);
        self.ends()
            .unfinished_of
            .retain(|unfinished| !Arc::ptr_eq(unfinished, whose));
        self.end_stored.notify_waiters();
        Ok(ended)
    }

    /// Deletes sessions together with the audit entry for them, made from how many there were.
    async fn delete_with_entry(
        &self,
        ending: Ending<'_>,
        entry: impl FnOnce(usize) -> Option<AuditEntry>,
    ) -> Result<Ended, StoreError> {
        let mut entries = Entries::default();
        let mut change = self.store.concurrent_change().await?;
        let mut ended = ending.delete(&mut change).await?;
        if let Some(entry) = entry(ended.count)
            && let Err(error) = entries.put(&mut change, entry).await
        {
            // The end matters more than its entry.
            tracing::error!(
                error = with_causes(&error),
                "a session has ended, and the audit trail could not be written"
            );
            drop(change);
            change = self.store.concurrent_change().await?;
            ended = ending.delete(&mut change).await?;
        }
        change.commit().await?;
        entries.trace();
        Ok(ended)
    }

    fn finish_end(&self, key: &SessionKey, moved: Option<Record>) {
        let mut ends = self.ends();
        let moves = ends.unfinished.remove(key).and_then(|end| end.moves);
        self.end_stored.notify_waiters();
        if let Some(moved) = moved.filter(|moved| moves.is_some() && !ends.end(moved)) {
            ends.moving.insert(key.clone(), moved);
        }
    }

    /// Waits until every end is stored.
    pub(crate) async fn ends_are_stored(&self) {
        loop {
            let stored = self.end_stored.notified();
            if self.unstored_ends() == 0 {
                return;
            }
            stored.await;
        }
    }

    /// How many ends are not in the database yet. Sessions that ended together are one.
    pub(crate) fn unstored_ends(&self) -> usize {
        let ends = self.ends();
        ends.unfinished.len() + ends.unfinished_of.len()
    }

    pub(super) fn end_in_memory(&self, key: &SessionKey) {
        self.live.forget(key);
        self.take_move_of(key);
        self.watched.has_changed(key);
    }

    /// Another server has ended it.
    #[cfg(feature = "postgres")]
    pub(crate) fn heard_end(&self, key: &SessionKey) {
        self.end_in_memory(key);
    }

    /// Whoever moves may have been ended by another server.
    #[cfg(feature = "postgres")]
    pub(super) fn forget_moves(&self) {
        self.ends().moving.clear();
    }

    fn end_all_in_memory(&self, whose: &Whose) {
        self.live.forget_all_of(whose);
        self.ends().moving.retain(|_, record| !is_of(record, whose));
        self.watched.look_again();
    }

    /// Takes a session that may continue under a new id, unless somebody else has ended it. Nobody
    /// else can from now on.
    pub(crate) fn take_move(&self, id: &Id) -> Option<Record> {
        self.take_move_of(&SessionKey::of(id))
    }

    fn take_move_of(&self, key: &SessionKey) -> Option<Record> {
        self.ends().moving.remove(key)
    }

    /// Whether the session has ended, although it may still be in the database.
    pub(super) fn has_ended(&self, key: &SessionKey) -> bool {
        self.ends().unfinished.contains_key(key)
    }

    /// The same, by what it contains.
    pub(super) fn record_has_ended(&self, record: &Record) -> bool {
        self.ends().end(record)
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ends {
    fn end(&self, record: &Record) -> bool {
        let mut unfinished = self.unfinished_of.iter();
        unfinished.any(|whose| is_of(record, whose))
    }
}

fn is_of(record: &Record, whose: &Whose) -> bool {
    let content = Content::of_record(record).ok();
    let signed_in = content.and_then(|content| content.signed_in);
    signed_in.is_some_and(|signed_in| whose.includes(&SessionOwner::from(&signed_in)))
}

/// What is deleted from the database.
enum Ending<'e> {
    One {
        key: &'e SessionKey,
        moves: Option<Id>,
    },
    All {
        whose: &'e Whose,
        /// Those that have ended so far. Outside of the database, whoever tries again doesn't find
        /// them.
        ended: &'e Mutex<HashMap<SessionKey, EndedSession>>,
    },
}

struct Ended {
    count: usize,
    /// Who was signed in, if it was one.
    holder: Option<SessionHolder>,
    moved: Option<Record>,
}

impl Ending<'_> {
    async fn delete(&self, change: &mut Change<'_>) -> Result<Ended, StoreError> {
        let (mut moved, mut held_by) = (None, None);
        let count = match self {
            Self::One { key, moves } => {
                let taken = change.take_session(key).await?;
                let count = usize::from(taken.is_some());
                if let Some(taken) = taken {
                    held_by = holder(&taken);
                    moved = moves.and_then(|id| record(id, &taken).ok());
                }
                count
            }
            Self::All { whose, ended } => {
                let found = change.delete_sessions_of(whose).await?;
                let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.extend(found.into_iter().map(|found| (found.key.clone(), found)));
                ended.len()
            }
        };
        Ok(Ended {
            count,
            holder: held_by,
            moved,
        })
    }
}

async fn until_stored<T, F: Future<Output = Result<T, StoreError>>>(store: impl Fn() -> F) {
    loop {
        tokio::time::sleep(TRY_AGAIN_AFTER).await;
        match store().await {
            Ok(_) => return,
            Err(error) => tracing::error!(
                error = with_causes(&error),
                "a session that has ended could not be deleted yet"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use okta_types::{Actor, AuditEvent};
    use tokio::time::timeout;

    use super::*;
    use crate::{
        audit,
        session::{
            NewSession, SessionCookie,
            tests::{is_signed_in, lifetimes, sessions, signed_in_as},
        },
    };

    /// Longer than anything takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    async fn start(sessions: &Sessions, subject: &str) -> Id {
        let new = NewSession {
            signed_in: signed_in_as(subject),
            finishes: None,
            former: None,
        };
        match sessions.start(new).await.unwrap() {
            SessionCookie::Set { id, .. } => id,
            SessionCookie::Remove => panic!("a session has started"),
        }
    }

    fn ada() -> Whose {
        let signed_in = signed_in_as("ada");
        Whose::Person {
            issuer: signed_in.identity.issuer.clone(),
            subject: signed_in.identity.subject.clone(),
        }
    }

    fn entry(ended: usize) -> Option<AuditEntry> {
        let detail = format!("{ended} sessions");
        Some(audit::entry(
            AuditEvent::SignedOut,
            Actor::Stranger,
            None,
            detail,
        ))
    }

    #[tokio::test]
    async fn a_persons_sessions_end_together_with_the_audit_entry() {
        let (store, sessions, _directory) = sessions().await;
        let [first, second] = [start(&sessions, "ada").await, start(&sessions, "ada").await];
        let other = start(&sessions, "grace").await;
        // One is in memory.
        assert!(is_signed_in(&sessions, first).await);
        assert_eq!(
            sessions
                .end_of(ada(), EndCause::SignedOut, entry)
                .await
                .unwrap(),
            2
        );
        for id in [first, second] {
            assert!(!is_signed_in(&sessions, id).await);
        }
        assert!(is_signed_in(&sessions, other).await);
        let trail = store.audit(&Default::default()).await.unwrap();
        assert_eq!(trail.entries[0].detail.as_deref(), Some("2 sessions"));
    }

    /// They count no longer, and nothing that the app changes brings them back.
    #[tokio::test]
    async fn an_end_that_can_not_be_stored_counts_and_is_stored_as_soon_as_it_can() {
        let (store, sessions, _directory) = sessions().await;
        let [first, second] = [start(&sessions, "ada").await, start(&sessions, "ada").await];
        let found = start(&sessions, "grace").await;
        assert!(is_signed_in(&sessions, first).await);

        let other_change = store.change().await.unwrap();
        let (ending, ending_one) = (sessions.clone(), sessions.clone());
        let all = tokio::spawn(async move { ending.end_of(ada(), EndCause::Admin, entry).await });
        let key = SessionKey::of(&found);
        let one =
            tokio::spawn(async move { ending_one.end_found(key, EndCause::Admin, None).await });
        assert!(all.await.unwrap().is_err() && one.await.unwrap().is_err());
        for id in [first, second, found] {
            assert!(!is_signed_in(&sessions, id).await);
            assert!(sessions.load(&id).await.unwrap().is_none());
        }
        drop(other_change);
        let stored = async {
            for id in [first, second, found] {
                while store.session(&SessionKey::of(&id)).await.unwrap().is_some() {
                    tokio::task::yield_now().await;
                }
            }
        };
        timeout(PATIENCE, stored).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_waits_for_the_end_of_a_session_learns_of_it() {
        let (_store, sessions, _directory) = sessions().await;
        let [first, second, other] = [
            start(&sessions, "ada").await,
            start(&sessions, "ada").await,
            start(&sessions, "grace").await,
        ];
        let waiting = |id: Id| {
            let sessions = sessions.clone();
            tokio::spawn(async move { sessions.ended(id, lifetimes).await })
        };
        let [first, second, other] = {
            let waiting = [waiting(first), waiting(second), waiting(other)];
            sessions
                .end(first, EndCause::SignedOut, None)
                .await
                .unwrap();
            sessions
                .end_of(ada(), EndCause::SignedOut, entry)
                .await
                .unwrap();
            waiting
        };
        for ended in [first, second] {
            timeout(PATIENCE, ended).await.unwrap().unwrap();
        }
        assert!(!other.is_finished());
    }
}
