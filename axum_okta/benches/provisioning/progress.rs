//! How far a push has come.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

pub struct Progress<'n> {
    what: &'n str,
    all: usize,
    done: AtomicUsize,
    begun: Instant,
}

impl<'n> Progress<'n> {
    pub fn of(what: &'n str, all: usize) -> Self {
        Self {
            what,
            all,
            done: AtomicUsize::default(),
            begun: Instant::now(),
        }
    }

    /// One more is done. Says so at every tenth part.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let tenths = |done: usize| done * 10 / self.all;
        if tenths(done) > tenths(done - 1) {
            eprintln!("{}: {done} of {}, {}", self.what, self.all, self.rate());
        }
    }

    pub fn took(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How many of them in a second.
    pub fn rate(&self) -> String {
        let done = self.done.load(Ordering::Relaxed) as f64;
        format!("{:.0} a second", done / self.took().as_secs_f64())
    }
}
