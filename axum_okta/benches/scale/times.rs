//! How long something took, many times.

use std::{fmt, time::Duration};

#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// What so many of a hundred were faster than, in milliseconds.
    pub fn of_hundred(&self, share: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
        let time = sorted.get(place).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    }
}

/// The median, and what 99 of 100 were faster than.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, p99) = (self.of_hundred(50), self.of_hundred(99));
        write!(f, "{median:.1} ms, p99 {p99:.1} ms")
    }
}
