//! Sessions that are over are deleted, and the audit trail says why they ended.

use okta_types::{Actor, AuditEntry, AuditEvent};

use super::{
    Content, EndCause, Lifetimes, Sessions, SignedIn, after_end::Remains, lifetime::not_used_since,
};
use crate::{
    audit::{Entries, entry},
    store::{Change, SessionKey, StoreError, StoredSession},
    telemetry::{self, Ended},
};

/// In one change, so that nobody waits for it.
const SWEPT_AT_ONCE: i64 = 200;

type InUse<'c> = Option<(&'c str, Lifetimes)>;

impl Sessions {
    /// Deletes sessions that have expired, and those of the connection in use that nobody has used
    /// for too long.
    pub(crate) async fn sweep(&self, in_use: InUse<'_>) -> Result<(), StoreError> {
        while self.sweep_some_of_the_database(in_use).await? {}
        while self.sweep_some_from_elsewhere(in_use).await? {}
        Ok(())
    }

    /// Returns whether there may be more.
    async fn sweep_some_of_the_database(&self, in_use: InUse<'_>) -> Result<bool, StoreError> {
        let unused = in_use.and_then(|(connection_id, lifetimes)| {
            let since = lifetimes.idle_since()?;
            Some((connection_id, since))
        });
        let mut change = self.store.change().await?;
        let over = change.sessions_that_are_over(unused, SWEPT_AT_ONCE).await?;
        for (key, _) in &over {
            change.take_session(key).await?;
        }
        let over = over
            .into_iter()
            .map(|(key, session)| (key, session.ok()))
            .collect();
        self.record_ends(change, over, in_use).await
    }

    /// Those that are not in the database end there by themselves. The first server that comes by
    /// notes it.
    async fn sweep_some_from_elsewhere(&self, in_use: InUse<'_>) -> Result<bool, StoreError> {
        let over = self.store.take_expired_elsewhere(SWEPT_AT_ONCE).await?;
        if over.is_empty() {
            return Ok(false);
        }
        let change = self.store.change().await?;
        self.record_ends(change, over, in_use).await
    }

    /// Writes into the audit trail why they ended. Returns whether there were any.
    async fn record_ends(
        &self,
        mut change: Change<'_>,
        over: Vec<(SessionKey, Option<StoredSession>)>,
        in_use: InUse<'_>,
    ) -> Result<bool, StoreError> {
        let mut entries = Entries::default();
        let mut told = Vec::new();
        for (key, session) in over {
            // One that can't be read is nobody's.
            let over = session.and_then(|session| Over::of(session, in_use));
            if let Some(over) = &over {
                entries.put(&mut change, over.entry()).await?;
            }
            told.push((key, over));
        }
        change.commit().await?;
        entries.trace();
        let are_some = !told.is_empty();
        for (key, over) in told {
            self.end_in_memory(&key);
            self.was_over(&key, over);
        }
        Ok(are_some)
    }

    fn was_over(&self, key: &SessionKey, over: Option<Over>) {
        let cause = over.as_ref().map(|over| over.cause);
        let counted = match cause {
            Some(EndCause::Idle) => Ended::Idle,
            _ => Ended::Expired,
        };
        telemetry::ended(counted, 1);
        if let Some(over) = over {
            let remains = Remains::of_signed_in(key, over.signed_in);
            self.after_end([remains], over.cause);
        }
    }
}

/// A session that somebody was signed in with.
struct Over {
    signed_in: SignedIn,
    cause: EndCause,
    /// For the audit trail.
    detail: String,
}

impl Over {
    fn of(session: StoredSession, in_use: InUse<'_>) -> Option<Self> {
        let data = serde_json::from_str(&session.content).ok()?;
        let content = Content::of_data_that_may_have_ended(&data).ok()?;
        let signed_in = content.signed_in?;
        let of_signed_in = in_use.filter(|(id, _)| *id == signed_in.connection_id);
        let (cause, detail) = match of_signed_in {
            None => {
                let detail = "The connection it came through was replaced or disconnected before";
                (EndCause::Disconnected, detail.to_owned())
            }
            Some((_, lifetimes)) if was_idle(&session, lifetimes) => {
                (EndCause::Idle, not_used_since(session.last_seen))
            }
            Some(_) => {
                let detail = format!("Its time was over at {}", session.expires_at);
                (EndCause::Expired, detail)
            }
        };
        Some(Self {
            signed_in,
            cause,
            detail,
        })
    }

    fn entry(&self) -> AuditEntry {
        let (event, actor) = (
            AuditEvent::SessionEnded,
            Actor::from(&self.signed_in.identity),
        );
        let address = self.signed_in.device.address;
        entry(event, actor, address, self.detail.clone())
    }
}

/// Whether nobody used it any more before its time was over.
fn was_idle(session: &StoredSession, lifetimes: Lifetimes) -> bool {
    let idle_end = lifetimes.idle_end(session.last_seen);
    idle_end.is_some_and(|idle_end| idle_end < session.expires_at)
}
