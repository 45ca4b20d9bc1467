//! How often something may be tried.

use std::{hash::Hash, num::NonZeroU32};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Keys are forgotten again beyond this many, so that a flood of addresses fills no memory.
const MAX_KEYS: usize = 10_000;

/// Counts attempts by key.
pub(crate) struct Limiter<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// That many at once, and as many again over each minute. At least one.
    pub(crate) fn per_minute(attempts: u32) -> Self {
        let attempts = NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN);
        Self(RateLimiter::keyed(Quota::per_minute(attempts)))
    }

    /// Counts one attempt and says whether it may go on.
    pub(crate) fn allows(&self, key: &K) -> bool {
        if self.0.len() > MAX_KEYS {
            self.0.retain_recent();
        }
        self.0.check_key(key).is_ok()
    }
}
