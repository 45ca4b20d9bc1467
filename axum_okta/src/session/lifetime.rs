//! How long a session lasts while nobody uses it, when it was in use last, and when Okta is to be
//! asked again about its person.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use okta_types::{ConnectionOptions, Timestamp};

use crate::store::now;

/// How often it is stored when sessions were in use, in seconds.
pub(crate) const STORE_SEEN_EVERY: u64 = 60;
/// How far behind what is stored may be: one interval, and one more for a server that is busy.
const SEEN_TOLERANCE: i64 = 2 * STORE_SEEN_EVERY as i64;
/// How long before an end to renew. Of shorter spans, it is a tenth.
const RENEW_BEFORE: i64 = 60;
/// How long sessions go on when Okta doesn't answer, at the most.
const GRACE: i64 = 60 * 60;
/// How many times as long as what is known may be old.
const GRACE_TIMES: i64 = 4;

/// The least time between two visits of a browser at Okta that nobody sees. Nobody goes to and fro.
const BETWEEN_RECHECKS: i64 = 10;

/// What the connection in use says of how long sessions last.
#[derive(Clone, Copy)]
pub(crate) struct Lifetimes {
    idle: Option<i64>,
    recheck: Option<i64>,
    /// Whether Okta's API can be asked about a person.
    by_api: bool,
}

impl Lifetimes {
    pub(crate) fn new(options: &ConnectionOptions, by_api: bool) -> Self {
        let seconds = |seconds: u64| (seconds > 0).then(|| i64::try_from(seconds).ok())?;
        Self {
            idle: seconds(options.idle_seconds),
            recheck: seconds(options.recheck_seconds),
            by_api,
        }
    }

    /// Whether nobody has used the session for too long. Other servers may have seen it later than
    /// is stored.
    pub(crate) fn is_idle(self, last_seen: Timestamp, now: Timestamp) -> bool {
        self.idle_end(last_seen).is_some_and(|end| end <= now)
    }

    /// When a session that is not used again has been idle for too long.
    pub(super) fn idle_end(self, last_seen: Timestamp) -> Option<Timestamp> {
        let idle = self.idle?;
        Some(
            last_seen
                .plus_seconds(idle)
                .plus_seconds(idle.min(SEEN_TOLERANCE)),
        )
    }

    /// When a session was seen last that is over now.
    pub(crate) fn idle_since(self) -> Option<Timestamp> {
        let idle = self.idle?;
        Some(
            now()
                .plus_seconds(-idle)
                .plus_seconds(-idle.min(SEEN_TOLERANCE)),
        )
    }

    /// Whether Okta is to be asked again about somebody.
    pub(crate) fn due(self, knowledge: &Knowledge, now: Timestamp) -> Due {
        let checked = knowledge.checked_at;
        if let (Some(recheck), Some(overdue)) = (self.recheck, self.overdue_at(knowledge)) {
            let ends = checked.plus_seconds(recheck);
            if overdue <= now {
                return Due::Overdue;
            } else if ends <= now {
                return Due::Now;
            } else if renew_at(checked, ends) <= now {
                return Due::Soon;
            }
        }
        match knowledge.renew_tokens_at {
            Some(renew_at) if renew_at <= now => Due::Soon,
            _ => Due::Not,
        }
    }

    /// From when on nobody goes on without an answer from Okta.
    pub(super) fn overdue_at(self, knowledge: &Knowledge) -> Option<Timestamp> {
        let recheck = self.recheck?;
        let grace = GRACE.min(recheck.saturating_mul(GRACE_TIMES));
        Some(
            knowledge
                .checked_at
                .plus_seconds(recheck)
                .plus_seconds(grace),
        )
    }

    /// Whether the person's browser is to ask Okta about them, with the next page that it opens:
    /// once in an interval.
    pub(crate) fn asks_browser(self, knowledge: &Knowledge, now: Timestamp) -> bool {
        let is_due = matches!(self.due(knowledge, now), Due::Now | Due::Overdue);
        let pause = self.recheck.unwrap_or_default().max(BETWEEN_RECHECKS);
        let next = knowledge.tried_at.map(|tried| tried.plus_seconds(pause));
        is_due && self.way(knowledge) == Way::Browser && next.is_none_or(|next| next <= now)
    }

    /// Whether it has asked in vain since it was time, and the grace is over.
    pub(crate) fn asked_browser_in_vain(self, knowledge: &Knowledge, now: Timestamp) -> bool {
        let since = self
            .recheck
            .map(|recheck| knowledge.checked_at.plus_seconds(recheck));
        let is_overdue = self.due(knowledge, now) == Due::Overdue;
        is_overdue && self.way(knowledge) == Way::Browser && knowledge.tried_at >= since
    }

    /// How Okta is asked about somebody.
    pub(crate) fn way(self, knowledge: &Knowledge) -> Way {
        if knowledge.renew_tokens_at.is_some() {
            Way::RefreshToken
        } else if self.by_api {
            Way::Api
        } else {
            Way::Browser
        }
    }
}

/// For the audit trail.
pub(super) fn not_used_since(last_seen: Timestamp) -> String {
    format!("Nobody has used it since {last_seen}")
}

/// Shortly before the end of a span.
pub(super) fn renew_at(start: Timestamp, end: Timestamp) -> Timestamp {
    let span = end.0.saturating_sub(start.0);
    end.plus_seconds(-RENEW_BEFORE.min(span / 10))
}

/// How old is what is known of somebody.
#[derive(Clone, Copy)]
pub(crate) struct Knowledge {
    pub(crate) checked_at: Timestamp,
    /// Shortly before the access token expires, of a session with a refresh token.
    pub(crate) renew_tokens_at: Option<Timestamp>,
    /// When the person's browser was last sent to Okta to ask.
    pub(crate) tried_at: Option<Timestamp>,
}

/// Whether Okta is to be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Not,
    /// In the background.
    Soon,
    /// Before the request goes on, unless Okta is slow.
    Now,
    /// Without an answer, nobody goes on.
    Overdue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    RefreshToken,
    /// Okta's API, with the connection's token.
    Api,
    /// A sign-in that nobody sees (`prompt=none`).
    Browser,
}

/// When a session was in use last, as far as this server knows. Shared by all that it keeps of the
/// session.
pub(super) struct Seen {
    at: AtomicI64,
    /// Whether it is on the list to be stored.
    is_noted: AtomicBool,
}

impl Seen {
    pub(super) fn new(Timestamp(at): Timestamp) -> Self {
        Self {
            at: AtomicI64::new(at),
            is_noted: AtomicBool::new(false),
        }
    }

    pub(super) fn at(&self) -> Timestamp {
        Timestamp(self.at.load(Ordering::SeqCst))
    }

    /// Notes that another server may have seen it later.
    pub(super) fn not_before(&self, at: Timestamp) {
        // Most requests come within the same second as another, and write nothing.
        if self.at() < at {
            self.at.fetch_max(at.0, Ordering::SeqCst);
        }
    }

    /// The session is in use. Returns whether it is to be put on the list to be stored.
    pub(super) fn note(&self, now: Timestamp) -> bool {
        self.not_before(now);
        !self.is_noted.load(Ordering::SeqCst) && !self.is_noted.swap(true, Ordering::SeqCst)
    }

    /// What to store. Later uses are noted again.
    pub(super) fn take(&self) -> Timestamp {
        self.is_noted.store(false, Ordering::SeqCst);
        self.at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifetimes(idle: u64, recheck: u64) -> Lifetimes {
        let mut options = ConnectionOptions::default();
        options.idle_seconds = idle;
        options.recheck_seconds = recheck;
        Lifetimes::new(&options, false)
    }

    fn ago(seconds: i64) -> Timestamp {
        now().plus_seconds(-seconds)
    }

    #[test]
    fn nobody_is_idle_before_other_servers_could_tell() {
        let is_idle = |lifetimes: Lifetimes, last_seen| lifetimes.is_idle(last_seen, now());
        let hour = lifetimes(3600, 0);
        assert!(!is_idle(hour, ago(3600 + SEEN_TOLERANCE - 10)));
        assert!(is_idle(hour, ago(3600 + SEEN_TOLERANCE)));
        assert!(is_idle(lifetimes(1, 0), ago(2)));
        assert!(!is_idle(lifetimes(0, 0), Timestamp(0)), "never");
        assert!(!is_idle(lifetimes(u64::MAX, 0), Timestamp(0)));
    }

    #[test]
    fn okta_is_asked_shortly_before_what_is_known_is_too_old() {
        let due = |checked, token: Option<i64>| {
            let knowledge = Knowledge {
                checked_at: ago(checked),
                renew_tokens_at: token.map(|left| ago(-left)),
                tried_at: None,
            };
            lifetimes(0, 3600).due(&knowledge, now())
        };
        assert_eq!(due(3500, None), Due::Not);
        assert_eq!(due(3550, None), Due::Soon);
        assert_eq!(due(3600, None), Due::Now);
        assert_eq!(due(3600 + GRACE, None), Due::Overdue);
        assert_eq!(due(0, Some(300)), Due::Not);
        assert_eq!(due(300, Some(0)), Due::Soon);
        assert_eq!(
            due(300, Some(-900)),
            Due::Soon,
            "only those who want a token wait"
        );
        let never = Knowledge {
            checked_at: Timestamp(0),
            renew_tokens_at: None,
            tried_at: None,
        };
        assert_eq!(lifetimes(0, 0).due(&never, now()), Due::Not);
    }

    #[test]
    fn a_browser_asks_once_in_an_interval_and_in_vain_until_the_grace_is_over() {
        let knowledge = |checked, tried: Option<i64>| Knowledge {
            checked_at: ago(checked),
            renew_tokens_at: None,
            tried_at: tried.map(ago),
        };
        let hour = lifetimes(0, 3600);
        let asks = |checked, tried| hour.asks_browser(&knowledge(checked, tried), now());
        assert!(!asks(3590, None), "it is not time");
        assert!(asks(3600, None));
        assert!(asks(30 * 3600, None), "nobody was here");
        assert!(!asks(3600, Some(10)));
        assert!(asks(7300, Some(3600)), "an interval later");
        let with_token = Knowledge {
            renew_tokens_at: Some(now()),
            ..knowledge(3600, None)
        };
        assert!(
            !hour.asks_browser(&with_token, now()),
            "there is another way"
        );
        let second = lifetimes(0, 1);
        assert!(!second.asks_browser(&knowledge(9, Some(9)), now()));
        let in_vain =
            |checked, tried| hour.asked_browser_in_vain(&knowledge(checked, tried), now());
        assert!(in_vain(3600 + GRACE, Some(10)));
        assert!(!in_vain(3600 + GRACE - 10, Some(10)), "in the grace");
        assert!(!in_vain(30 * 3600, None), "nobody was here");
        assert!(!in_vain(30 * 3600, Some(30 * 3600)), "it was answered");
    }

    #[test]
    fn a_use_is_on_the_list_once_and_again_once_it_is_stored() {
        let seen = Seen::new(Timestamp(1));
        assert!(seen.note(now()));
        assert!(!seen.note(now()));
        assert!(seen.take() > Timestamp(1));
        assert!(seen.note(now()));
    }
}
