//! The identities of live sessions in memory, so that a guarded request costs no query.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use okta_types::Identity;
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use tower_sessions::session::Id;

use super::{Knowledge, Seen};
use crate::{
    connection::Connection,
    store::{SessionKey, SessionOwner, Whose},
};

/// An identity with a few groups takes about a kilobyte; one with ten thousand takes a few hundred.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
/// The cache has a shard for every 32 of these, and none keeps what is larger than a shard: 4 MiB.
/// Otherwise a machine with many cores would have shards too small for an identity with many groups.
const EXPECTED: usize = 1024;
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);
/// The overhead beside an identity.
const OVERHEAD: usize = 512;
/// Sessions share counters of their changes: more of them would only save a query now and then.
const COUNTERS: usize = 1024;

/// Somebody with a live session, and what they are by the connection they came through.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) key: SessionKey,
    pub(super) owner: SessionOwner,
    pub(super) identity: Identity,
    pub(super) connection: Arc<Connection>,
    /// When the session was read, apart from what the connection says.
    pub(super) read_at: Instant,
    pub(super) knowledge: Knowledge,
    pub(super) seen: Arc<Seen>,
    /// Whether the identity has what Okta has pushed.
    pub(super) is_provisioned: bool,
}

impl Live {
    /// Approximately, in bytes.
    fn size(&self) -> u32 {
        let identity = &self.identity;
        // About as long in JSON as in memory.
        let json = serde_json::to_vec(identity).map_or(0, |json| json.len());
        let names = identity.groups.as_ref().map_or(0, Vec::len) * size_of::<String>();
        u32::try_from(json + names + OVERHEAD).unwrap_or(u32::MAX)
    }
}

pub(super) struct LiveSessions {
    live: Cache<Id, Kept, ByBytes>,
    known: Mutex<Known>,
    hasher: RandomState,
}

/// The size is worked out once: the cache asks for it more often.
#[derive(Clone)]
struct Kept {
    live: Arc<Live>,
    size: u32,
}

impl Kept {
    fn is_fresh(&self) -> bool {
        self.live.read_at.elapsed() < KEPT_FOR
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Id, Kept> for ByBytes {
    fn weight(&self, _id: &Id, kept: &Kept) -> u64 {
        kept.size.into()
    }
}

/// Changed together with the cache, under its lock. Whoever only asks doesn't take it.
struct Known {
    /// Where a session is in the cache. Its id can't be told from its key.
    places: HashMap<SessionKey, (Id, Weak<Live>)>,
    /// Places are cleared of what has left the cache when there are this many.
    clear_at: usize,
    /// How often the sessions of each counter have changed or ended.
    changes: Vec<u64>,
}

/// Taken before a session is read, so that what has changed meanwhile isn't kept.
#[derive(PartialEq, Eq)]
pub(super) struct Reading {
    counter: usize,
    changes: u64,
}

impl LiveSessions {
    pub(super) fn new() -> Self {
        Self {
            live: Cache::with(
                EXPECTED,
                MAX_BYTES,
                ByBytes,
                DefaultHashBuilder::default(),
                DefaultLifecycle::default(),
            ),
            known: Mutex::new(Known {
                places: HashMap::new(),
                clear_at: COUNTERS,
                changes: vec![0; COUNTERS],
            }),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn get(&self, id: &Id) -> Option<Arc<Live>> {
        let kept = self.live.get(id)?;
        kept.is_fresh().then_some(kept.live)
    }

    pub(super) fn begin_reading(&self, key: &SessionKey) -> Reading {
        let counter = self.counter(key);
        let changes = self.known().changes[counter];
        Reading { counter, changes }
    }

    /// Keeps what was read. Returns `false` if the session has ended or changed since.
    pub(super) fn keep(&self, reading: &Reading, id: Id, live: &Arc<Live>) -> bool {
        let mut known = self.known();
        if known.changes[reading.counter] != reading.changes {
            return false;
        }
        if known.places.len() >= known.clear_at {
            self.live.retain(|_, kept| kept.is_fresh());
            known.clear();
        }
        let place = (id, Arc::downgrade(live));
        known.places.insert(live.key.clone(), place);
        let (live, size) = (live.clone(), live.size());
        self.live.insert(id, Kept { live, size });
        true
    }

    /// For a session that has ended, or whose content has changed: whatever was read before is out
    /// of date.
    pub(super) fn forget(&self, key: &SessionKey) {
        let counter = self.counter(key);
        let mut known = self.known();
        known.changes[counter] += 1;
        if let Some((id, _)) = known.places.remove(key) {
            self.live.remove(&id);
        }
    }

    /// The same for all of these people's sessions.
    pub(super) fn forget_all_of(&self, whose: &Whose) {
        self.forget_where(|live| whose.includes(&live.owner));
    }

    /// The same for all sessions of which this is so.
    pub(super) fn forget_where(&self, is_affected: impl Fn(&Live) -> bool) {
        let mut known = self.known();
        known.all_have_changed();
        known.places.retain(|_, (id, live)| {
            let Some(live) = live.upgrade() else {
                return false;
            };
            let is_affected = is_affected(&live);
            if is_affected {
                self.live.remove(id);
            }
            !is_affected
        });
    }

    /// The same for every session.
    #[cfg(feature = "postgres")]
    pub(super) fn forget_everything(&self) {
        let mut known = self.known();
        known.all_have_changed();
        known.places.clear();
        self.live.clear();
    }

    fn counter(&self, key: &SessionKey) -> usize {
        self.hasher.hash_one(key) as usize % COUNTERS
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn all_have_changed(&mut self) {
        self.changes.iter_mut().for_each(|changes| *changes += 1);
    }

    fn clear(&mut self) {
        self.places.retain(|_, (_, live)| live.strong_count() > 0);
        self.clear_at = COUNTERS.max(2 * self.places.len());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::{
        connection::tests::{config, unregistered},
        store::now,
    };

    static CONNECTION: LazyLock<Arc<Connection>> =
        LazyLock::new(|| Arc::new(unregistered(config("okta", "0oa1"))));

    fn live(id: Id, identity: Identity) -> Arc<Live> {
        Arc::new(Live {
            key: SessionKey::of(&id),
            owner: SessionOwner {
                issuer: identity.issuer.clone(),
                subject: identity.subject.clone(),
                okta_sid: Some(format!("sid of {}", identity.subject)),
                email: Some(format!("{}@example.com", identity.subject)),
                connection_id: "first".to_owned(),
            },
            identity,
            connection: CONNECTION.clone(),
            read_at: Instant::now(),
            knowledge: Knowledge {
                checked_at: now(),
                renew_tokens_at: None,
                tried_at: None,
            },
            seen: Arc::new(Seen::new(now())),
            is_provisioned: false,
        })
    }

    fn of(subject: &str) -> Identity {
        Identity::new("https://dev-1.okta.com", subject)
    }

    /// With number 1 of Ada, 2 of Grace.
    fn two_sessions() -> LiveSessions {
        let sessions = LiveSessions::new();
        for (id, subject) in [(Id(1), "ada"), (Id(2), "grace")] {
            assert!(keep(&sessions, id, subject, |_| {}));
        }
        sessions
    }

    /// What happens `meanwhile`, after the session was read.
    fn keep(
        sessions: &LiveSessions,
        id: Id,
        subject: &str,
        meanwhile: impl FnOnce(&LiveSessions),
    ) -> bool {
        let reading = sessions.begin_reading(&SessionKey::of(&id));
        meanwhile(sessions);
        sessions.keep(&reading, id, &live(id, of(subject)))
    }

    fn are_there(sessions: &LiveSessions) -> [bool; 2] {
        [Id(1), Id(2)].map(|id| sessions.get(&id).is_some())
    }

    fn whose_are_adas() -> [Whose; 3] {
        let issuer = || "https://dev-1.okta.com".to_owned();
        let subject = "ada".to_owned();
        let sid = "sid of ada".to_owned();
        let email = "Ada@Example.com".to_owned();
        [
            Whose::Person {
                issuer: issuer(),
                subject,
            },
            Whose::OktaSession {
                issuer: issuer(),
                sid,
            },
            Whose::Email {
                issuer: issuer(),
                email,
            },
        ]
    }

    #[test]
    fn what_has_ended_is_gone_whatever_it_is_found_by() {
        let sessions = two_sessions();
        sessions.forget(&SessionKey::of(&Id(1)));
        assert_eq!(are_there(&sessions), [false, true]);
        for adas in whose_are_adas() {
            let sessions = two_sessions();
            sessions.forget_all_of(&adas);
            assert_eq!(are_there(&sessions), [false, true]);
        }
        for all in [Whose::Connection("first".to_owned()), Whose::Everybody] {
            let sessions = two_sessions();
            sessions.forget_all_of(&all);
            assert_eq!(are_there(&sessions), [false, false]);
        }
        let sessions = two_sessions();
        sessions.forget_everything();
        assert_eq!(are_there(&sessions), [false, false]);
    }

    #[test]
    fn what_was_read_before_the_end_is_not_kept() {
        let key = SessionKey::of(&Id(1));
        let sessions = LiveSessions::new();
        assert!(!keep(&sessions, Id(1), "ada", |sessions| sessions.forget(&key)));
        assert!(!keep(
            &sessions,
            Id(1),
            "ada",
            LiveSessions::forget_everything
        ));
        for adas in whose_are_adas() {
            assert!(!keep(&sessions, Id(1), "ada", |sessions| sessions
                .forget_all_of(&adas)));
        }
        assert_eq!(are_there(&sessions), [false, false]);
        assert!(keep(&sessions, Id(1), "ada", |_| {}));
    }

    #[test]
    fn places_of_what_has_left_the_cache_take_no_room() {
        let sessions = LiveSessions::new();
        for number in 0..5 * COUNTERS as i128 {
            assert!(keep(&sessions, Id(number), "ada", |_| {}));
            sessions.live.remove(&Id(number));
        }
        assert!(sessions.known().places.len() <= 2 * COUNTERS);
    }

    #[test]
    fn what_is_too_old_to_be_used_takes_no_room() {
        let sessions = LiveSessions::new();
        let old = Instant::now().checked_sub(KEPT_FOR);
        let old = old.expect("the machine has been up for minutes");
        for number in 0..3 * COUNTERS as i128 {
            let reading = sessions.begin_reading(&SessionKey::of(&Id(number)));
            let live = Arc::new(Live {
                read_at: old,
                ..Live::clone(&live(Id(number), of("ada")))
            });
            assert!(sessions.keep(&reading, Id(number), &live));
            assert!(sessions.get(&Id(number)).is_none());
        }
        assert!(sessions.live.len() <= COUNTERS);
        assert!(sessions.known().places.len() <= COUNTERS);
    }

    #[test]
    fn an_identity_weighs_what_it_holds() {
        let weight = |change: fn(&mut Identity)| {
            let mut identity = of("00u1");
            change(&mut identity);
            live(Id(1), identity).size()
        };
        let bare = weight(|_| {});
        let megabyte = 1024 * 1024;
        assert!(
            weight(|identity| {
                let text = "x".repeat(1024 * 1024);
                identity.claims.insert("about".to_owned(), text.into());
            }) > bare + megabyte
        );
        assert!(
            weight(|identity| identity.groups = Some(vec!["group".to_owned(); 100_000]))
                > bare + megabyte
        );
        assert!(
            weight(|identity| identity.name = Some("x".repeat(2 * 1024 * 1024))) > bare + megabyte
        );
    }
}
