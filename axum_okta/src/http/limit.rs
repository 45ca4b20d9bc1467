//! Rate limits.

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Instant,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Fewer keys than this are not worth going through.
const FEW_KEYS: usize = 10_000;

/// Counts attempts by key. A key without an attempt for a minute is forgotten.
pub(crate) struct Limiter<K: Hash + Eq + Clone> {
    attempts: DefaultKeyedRateLimiter<K>,
    /// At how many keys all of them are gone through, if that wasn't a minute ago: twice as many as
    /// were left last time, so that each one pays for a look at two.
    forget_at: AtomicUsize,
    begun: Instant,
    /// In seconds since then.
    looked_at: AtomicU64,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Allows this many attempts at once, and as many again over each minute. At least one.
    pub(crate) fn per_minute(attempts: u32) -> Self {
        let attempts = NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN);
        Self {
            attempts: RateLimiter::keyed(Quota::per_minute(attempts)),
            forget_at: AtomicUsize::new(FEW_KEYS),
            begun: Instant::now(),
            looked_at: AtomicU64::new(0),
        }
    }

    /// Counts an attempt, and returns whether it is allowed.
    pub(crate) fn allows(&self, key: &K) -> bool {
        let keys = self.attempts.len();
        if keys > FEW_KEYS {
            self.forget_some_of(keys);
        }
        self.attempts.check_key(key).is_ok()
    }

    fn forget_some_of(&self, keys: usize) {
        let now = self.begun.elapsed().as_secs();
        let since = now.saturating_sub(self.looked_at.load(Ordering::Relaxed));
        if keys <= self.forget_at.load(Ordering::Relaxed) && since < 60 {
            return;
        }
        self.looked_at.store(now, Ordering::Relaxed);
        self.attempts.retain_recent();
        self.attempts.shrink_to_fit();
        let left = self.attempts.len();
        self.forget_at
            .store(FEW_KEYS.max(2 * left), Ordering::Relaxed);
    }
}
