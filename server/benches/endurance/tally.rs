//! What was asked and answered.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// What an answer is.
#[derive(Debug)]
pub enum Outcome {
    Right,
    /// None, or one that says that it didn't work.
    Error(String),
    /// One that must not be: another person's, or what only those see who are signed in, with a
    /// session that ended longer ago than is promised.
    Wrong(String),
    /// A live session was refused.
    Lost,
}

#[derive(Debug)]
struct Answer {
    what: &'static str,
    at: Instant,
    took: Duration,
    outcome: Outcome,
}

#[derive(Default)]
pub struct Tally {
    answers: Mutex<Vec<Answer>>,
    ended: Mutex<Vec<(String, Instant)>>,
    signed_in: AtomicUsize,
}

/// The sum of what was answered from a moment on.
#[derive(Debug, Default)]
pub struct Sum {
    pub requests: usize,
    pub errors: usize,
    pub wrong: usize,
    pub lost: usize,
    pub longest: Duration,
    /// How often each error was answered.
    pub kinds: BTreeMap<String, usize>,
    pub last_error: Option<Instant>,
}

impl Tally {
    pub fn count(&self, what: &'static str, begun: Instant, outcome: Outcome) {
        match &outcome {
            Outcome::Wrong(text) => println!("  wrong: {text}"),
            Outcome::Lost => println!("  a live session was refused"),
            Outcome::Right | Outcome::Error(_) => {}
        }
        self.answers.lock().unwrap().push(Answer {
            what,
            at: Instant::now(),
            took: begun.elapsed(),
            outcome,
        });
    }

    pub fn signed_in(&self) {
        self.signed_in.fetch_add(1, Ordering::Relaxed);
    }

    pub fn sign_ins(&self) -> usize {
        self.signed_in.load(Ordering::Relaxed)
    }

    pub fn ended(&self, session: String) {
        self.ended.lock().unwrap().push((session, Instant::now()));
    }

    pub fn sign_outs(&self) -> usize {
        self.ended.lock().unwrap().len()
    }

    /// Any session that ended longer ago than this, the last hundred being the likeliest to matter.
    pub fn any_ended(&self, longer_ago: Duration) -> Option<String> {
        let ended = self.ended.lock().unwrap();
        let old = ended.partition_point(|(_, at)| at.elapsed() > longer_ago);
        let some = &ended[old.saturating_sub(100)..old];
        (!some.is_empty()).then(|| some[rand::random_range(0..some.len())].0.clone())
    }

    pub fn since(&self, begin: Instant) -> Sum {
        let mut sum = Sum::default();
        let answers = self.answers.lock().unwrap();
        for answer in answers.iter().filter(|answer| answer.at >= begin) {
            sum.requests += 1;
            sum.longest = sum.longest.max(answer.took);
            match &answer.outcome {
                Outcome::Right => {}
                Outcome::Error(error) => {
                    sum.errors += 1;
                    sum.last_error = Some(answer.at);
                    *sum.kinds
                        .entry(format!("{}: {error}", answer.what))
                        .or_default() += 1;
                }
                Outcome::Wrong(_) => sum.wrong += 1,
                Outcome::Lost => sum.lost += 1,
            }
        }
        sum
    }
}
