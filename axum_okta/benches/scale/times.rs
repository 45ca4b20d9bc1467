//! How long something took, many times.

use std::{fmt, time::Duration};

#[derive(Default)]
pub struct Times {
    taken: Vec<Duration>,
    refused: usize,
}

impl Times {
    pub fn add(&mut self, time: Duration) {
        self.taken.push(time);
    }

    /// A time, or none for somebody who was asked to come back later.
    pub fn add_unless_refused(&mut self, time: Option<Duration>) {
        match time {
            Some(time) => self.add(time),
            None => self.refused += 1,
        }
    }

    /// What so many of a hundred were faster than, in milliseconds.
    pub fn of_hundred(&self, share: usize) -> f64 {
        let mut sorted = self.taken.clone();
        sorted.sort();
        let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
        let time = sorted.get(place).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    }
}

/// The median, what 99 of 100 were faster than, and how many were refused, if any.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, p99) = (self.of_hundred(50), self.of_hundred(99));
        write!(f, "{median:.1} ms, p99 {p99:.1} ms")?;
        match self.refused {
            0 => Ok(()),
            refused => write!(f, ", {refused} refused"),
        }
    }
}
