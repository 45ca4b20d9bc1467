//! How long something took, many times.

use std::{fmt, time::Duration};

#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }
}

/// The median, and what 99 of 100 were faster than.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort();
        let of_hundred = |share: usize| {
            let time = sorted.get((sorted.len() * share / 100).min(sorted.len().saturating_sub(1)));
            time.map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        write!(f, "{:.1} ms, p99 {:.1} ms", of_hundred(50), of_hundred(99))
    }
}
