//! Rate limits.

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Fewer keys than this are not worth going through.
const FEW_KEYS: usize = 10_000;

/// Counts attempts by key. A key without an attempt for a minute is forgotten.
pub(crate) struct Limiter<K: Hash + Eq + Clone> {
    attempts: DefaultKeyedRateLimiter<K>,
    /// At how many keys all of them are gone through: twice as many as were left last time, so that
    /// each one pays for a look at two.
    forget_at: AtomicUsize,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Allows this many attempts at once, and as many again over each minute. At least one.
    pub(crate) fn per_minute(attempts: u32) -> Self {
        let attempts = NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN);
        Self {
            attempts: RateLimiter::keyed(Quota::per_minute(attempts)),
            forget_at: AtomicUsize::new(FEW_KEYS),
        }
    }

    /// Counts an attempt, and returns whether it is allowed.
    pub(crate) fn allows(&self, key: &K) -> bool {
        if self.attempts.len() > self.forget_at.load(Ordering::Relaxed) {
            self.attempts.retain_recent();
            let left = self.attempts.len();
            self.forget_at
                .store(FEW_KEYS.max(2 * left), Ordering::Relaxed);
        }
        self.attempts.check_key(key).is_ok()
    }
}
