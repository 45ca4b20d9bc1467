//! One route beside another, in turn, round by round: what the machine does otherwise, it does to
//! both.

use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::wrk::{self, Target};

/// A route, and the one that it is compared to.
pub struct Pair {
    pub name: String,
    pub target: Target,
    pub baseline: Target,
}

pub struct Rounds {
    pub number: usize,
    pub seconds: u64,
}

impl Rounds {
    /// What came of each pair, in their order.
    pub async fn measure(&self, pairs: &[Pair]) -> anyhow::Result<Vec<Value>> {
        let steps = 2 * pairs.len() * self.number;
        let progress = ProgressBar::new(steps as u64);
        let mut results: Vec<Measured> = pairs.iter().map(|_| Measured::default()).collect();
        for round in 0..self.number {
            for (pair, measured) in pairs.iter().zip(&mut results) {
                progress.println(format!("round {}: {}", round + 1, pair.name));
                // Each is first as often as the other.
                let [first, second] = if round % 2 == 0 {
                    [&pair.baseline, &pair.target]
                } else {
                    [&pair.target, &pair.baseline]
                };
                let first = wrk::run(first, self.seconds, None).await?;
                progress.inc(1);
                let second = wrk::run(second, self.seconds, None).await?;
                progress.inc(1);
                let (baseline, target) = if round % 2 == 0 {
                    (first, second)
                } else {
                    (second, first)
                };
                measured
                    .ratios
                    .push(target.per_second() / baseline.per_second());
                measured.per_second.push(target.per_second());
                measured.baseline.push(baseline.per_second());
                measured.p50.push(target.p50 as f64);
                measured.p99.push(target.p99 as f64);
            }
        }
        progress.finish_and_clear();
        let rows = pairs.iter().zip(&results);
        Ok(rows
            .map(|(pair, measured)| measured.row(&pair.name))
            .collect())
    }
}

#[derive(Default)]
struct Measured {
    ratios: Vec<f64>,
    per_second: Vec<f64>,
    baseline: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Measured {
    fn row(&self, name: &str) -> Value {
        let ratio = Spread::of(&self.ratios);
        json!({
            "route": name,
            "ratio": rounded(ratio.median, 3),
            "lowest": rounded(ratio.lowest, 3),
            "highest": rounded(ratio.highest, 3),
            "per second": rounded(Spread::of(&self.per_second).median, 0),
            "baseline per second": rounded(Spread::of(&self.baseline).median, 0),
            "p50 in ms": rounded(Spread::of(&self.p50).median / 1000.0, 2),
            "p99 in ms": rounded(Spread::of(&self.p99).median / 1000.0, 2),
        })
    }
}

pub struct Spread {
    pub median: f64,
    pub lowest: f64,
    pub highest: f64,
}

impl Spread {
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
        let (last, middle) = (sorted.len().saturating_sub(1), sorted.len() / 2);
        let median = if sorted.len() % 2 == 1 {
            at(middle)
        } else {
            f64::midpoint(at(middle.saturating_sub(1)), at(middle))
        };
        Self {
            median,
            lowest: at(0),
            highest: at(last),
        }
    }

    /// What so many of a hundred are at most.
    pub fn percentile(values: &[f64], share: usize) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() * share / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }
}

/// As it is to be read.
pub fn rounded(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale
}
