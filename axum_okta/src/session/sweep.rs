//! Sessions that are over are deleted, and the audit trail says why they ended.

use okta_types::{Actor, AuditEntry, AuditEvent};

use super::{
    Content, EndCause, Lifetimes, SessionEnded, Sessions, ended::holder, lifetime::not_used_since,
};
use crate::{
    audit::{Entries, entry},
    store::{StoreError, StoredSession, now},
    telemetry::{self, Ended},
};

/// In one change, so that nobody waits for it.
const SWEPT_AT_ONCE: i64 = 200;

impl Sessions {
    /// Deletes sessions that have expired, and those of the connection in use that nobody has used
    /// for too long.
    pub(crate) async fn sweep(&self, in_use: Option<(&str, Lifetimes)>) -> Result<(), StoreError> {
        let unused = in_use.and_then(|(connection_id, lifetimes)| {
            let since = lifetimes.idle_since()?;
            Some((connection_id, since))
        });
        loop {
            let mut change = self.store.change().await?;
            let over = change.sessions_that_are_over(unused, SWEPT_AT_ONCE).await?;
            if over.is_empty() {
                return Ok(());
            }
            let mut entries = Entries::default();
            let mut idle = 0;
            for (key, session) in &over {
                change.take_session(key).await?;
                idle += u64::from(session.as_ref().is_ok_and(is_idle));
                // One that can't be read is nobody's.
                if let Some(entry) = session.as_ref().ok().and_then(end_of) {
                    entries.put(&mut change, entry).await?;
                }
            }
            change.commit().await?;
            for (key, _) in &over {
                self.end_in_memory(key);
            }
            entries.trace();
            self.tell_app(over.iter().filter_map(|(key, session)| {
                let session = session.as_ref().ok()?;
                let cause = match is_idle(session) {
                    true => EndCause::Idle,
                    false => EndCause::Expired,
                };
                Some(SessionEnded::new(key, holder(session)?, cause))
            }));
            telemetry::ended(Ended::Idle, idle);
            telemetry::ended(Ended::Expired, over.len() as u64 - idle);
        }
    }
}

fn is_idle(session: &StoredSession) -> bool {
    session.expires_at > now()
}

/// The entry for a session that somebody was signed in with.
fn end_of(session: &StoredSession) -> Option<AuditEntry> {
    let data = serde_json::from_str(&session.content).ok()?;
    let signed_in = Content::of_data_that_may_have_ended(&data)
        .ok()?
        .signed_in?;
    let cause = match is_idle(session) {
        true => not_used_since(session.last_seen),
        false => format!("Its time was over at {}", session.expires_at),
    };
    let (event, actor) = (AuditEvent::SessionEnded, Actor::from(&signed_in.identity));
    Some(entry(event, actor, signed_in.device.address, cause))
}
