//! Rate limits.

use std::{hash::Hash, num::NonZeroU32};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Beyond this many, keys are dropped, so that a flood of addresses doesn't fill memory.
const MAX_KEYS: usize = 10_000;

/// Counts attempts by key.
pub(crate) struct Limiter<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// Allows this many attempts at once, and as many again over each minute. At least one.
    pub(crate) fn per_minute(attempts: u32) -> Self {
        let attempts = NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN);
        Self(RateLimiter::keyed(Quota::per_minute(attempts)))
    }

    /// Counts an attempt, and returns whether it is allowed.
    pub(crate) fn allows(&self, key: &K) -> bool {
        if self.0.len() > MAX_KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(key).is_ok()
    }
}
