//! How long what this server remembers counts: as long as it hears the others.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// What was read counts that long without any proof.
const WITHOUT: Duration = Duration::from_secs(2);

pub(crate) struct Lease {
    start: Instant,
    /// In milliseconds since the start.
    until: AtomicU64,
    /// Whether a session that was read counts for as long, too.
    covers_sessions: bool,
}

impl Lease {
    /// For a server that has no others beside it.
    pub(crate) fn without_end() -> Self {
        Self::until(u64::MAX)
    }

    /// For a server that has heard nothing yet.
    pub(crate) fn ended() -> Self {
        Self::until(0)
    }

    /// The same, where a session may end without a word to the others.
    pub(crate) fn without_sessions(self) -> Self {
        Self {
            covers_sessions: false,
            ..self
        }
    }

    fn until(until: u64) -> Self {
        Self {
            start: Instant::now(),
            until: AtomicU64::new(until),
            covers_sessions: true,
        }
    }

    pub(crate) fn is_valid(&self) -> bool {
        let until = self.until.load(Ordering::Acquire);
        until == u64::MAX || self.since_start(Instant::now()) < until
    }

    /// Whether a session that was read at this moment still counts.
    pub(crate) fn covers(&self, read_at: Instant) -> bool {
        self.covers_sessions && self.is_valid() || read_at.elapsed() < WITHOUT
    }

    fn since_start(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.start);
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX - 1)
    }
}

/// What hearing the others does to it.
#[cfg(feature = "postgres")]
impl Lease {
    /// After the last proof.
    const LASTS: Duration = Duration::from_secs(3);

    /// At this moment nothing was missing of what the others had done.
    pub(super) fn extend(&self, heard_all_at: Instant) {
        let until = self.since_start(heard_all_at + Self::LASTS);
        self.until.fetch_max(until, Ordering::Release);
    }

    /// Something may have been missed.
    pub(super) fn end(&self) {
        self.until.store(0, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_counts_longer_while_the_others_are_heard() {
        let just_now = Instant::now();
        let long_ago = just_now.checked_sub(Duration::from_secs(10)).unwrap();
        let lease = Lease::ended();
        assert!(!lease.is_valid());
        assert!(lease.covers(just_now) && !lease.covers(long_ago));
        lease.extend(just_now);
        assert!(lease.is_valid());
        assert!(lease.covers(just_now) && lease.covers(long_ago));
        lease.end();
        assert!(!lease.covers(long_ago));
        lease.extend(long_ago);
        assert!(!lease.is_valid(), "what was proven then says nothing now");
        assert!(Lease::without_end().covers(long_ago));
    }

    #[test]
    fn a_session_that_may_end_unheard_counts_no_longer_while_the_others_are_heard() {
        let just_now = Instant::now();
        let long_ago = just_now.checked_sub(Duration::from_secs(10)).unwrap();
        let lease = Lease::ended().without_sessions();
        lease.extend(just_now);
        assert!(lease.is_valid());
        assert!(lease.covers(just_now) && !lease.covers(long_ago));
    }
}
