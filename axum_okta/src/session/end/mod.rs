//! The one way to end sessions: in memory at once, then in the database together with the audit
//! entry. If the write fails, it is retried until it succeeds.

mod many;
mod one;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use okta_types::AuditEntry;
use tower_sessions::session::Record;

use super::{Content, Sessions};
use crate::{
    audit::Entries,
    causes::with_causes,
    store::{Change, SessionKey, SessionOwner, StoreError, Whose},
};
use one::End;

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

/// What is deleted from the database.
trait Ending {
    type Ended;

    async fn delete(&self, change: &mut Change<'_>) -> Result<Self::Ended, StoreError>;

    /// The audit entry for what was deleted.
    fn entry(&self, ended: &Self::Ended) -> Option<AuditEntry>;
}

impl Sessions {
    /// Deletes sessions together with the audit entry for them.
    async fn delete_with_entry<E: Ending>(&self, ending: &E) -> Result<E::Ended, StoreError> {
        let mut entries = Entries::default();
        let mut change = self.store.concurrent_change().await?;
        let mut ended = ending.delete(&mut change).await?;
        if let Some(entry) = ending.entry(&ended)
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
