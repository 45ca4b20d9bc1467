//! One route beside another, in turn, round by round: what the machine does otherwise, it does to
//! both.

use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::{
    table::Table,
    wrk::{self, Target},
};

/// A route, and the one that it is compared to.
pub struct Pair {
    pub name: String,
    pub target: Target,
    pub baseline: Target,
}

#[derive(Args)]
pub struct Rounds {
    /// How often each is measured under load.
    #[arg(long = "rounds", default_value_t = 5, value_name = "NUMBER")]
    pub number: usize,
    /// How long, each time.
    #[arg(long, default_value_t = 3)]
    pub seconds: u64,
}

impl Rounds {
    /// As they are given.
    pub fn arguments(&self) -> String {
        format!(" --rounds {} --seconds {}", self.number, self.seconds)
    }

    /// What came of each pair, in their order.
    pub async fn measure(&self, pairs: &[Pair]) -> anyhow::Result<Table> {
        let progress = ProgressBar::new((2 * pairs.len() * self.number) as u64);
        let mut results: Vec<Measured> = pairs.iter().map(|_| Measured::default()).collect();
        for round in 0..self.number {
            for (pair, measured) in pairs.iter().zip(&mut results) {
                progress.println(format!("round {}: {}", round + 1, pair.name));
                // Each is first as often as the other.
                let baseline_first = round % 2 == 0;
                let [first, second] = match baseline_first {
                    true => [&pair.baseline, &pair.target],
                    false => [&pair.target, &pair.baseline],
                };
                let first = wrk::run(first, self.seconds, None).await?;
                progress.inc(1);
                let second = wrk::run(second, self.seconds, None).await?;
                progress.inc(1);
                let [baseline, target] = match baseline_first {
                    true => [first, second],
                    false => [second, first],
                };
                let ratio = target.per_second() / baseline.per_second();
                measured.ratios.push(ratio);
                measured.costs.extend(target.processor);
                let more = target.processor.zip(baseline.processor);
                measured.more.extend(more.map(|(ours, bare)| ours - bare));
                measured.per_second.push(target.per_second());
                measured.baseline.push(baseline.per_second());
                measured.p50.push(target.p50 as f64);
                measured.p99.push(target.p99 as f64);
            }
        }
        progress.finish_and_clear();
        let has_costs = results.iter().all(|measured| !measured.more.is_empty());
        let mut columns = vec!["Route", "Ratio", "Lowest", "Highest"];
        if has_costs {
            columns.extend(["Processor, µs", "Above axum alone"]);
        }
        columns.extend(["A second", "Compared to", "p50, ms", "p99, ms"]);
        let mut table = Table::new(&columns);
        for (pair, measured) in pairs.iter().zip(&results) {
            let ratio = Spread::of(&measured.ratios);
            let median = |values: &[f64]| Spread::of(values).median;
            let mut row = vec![
                json!(pair.name),
                rounded(ratio.median, 3),
                rounded(ratio.lowest, 3),
                rounded(ratio.highest, 3),
            ];
            if has_costs {
                row.extend([&measured.costs, &measured.more].map(|all| rounded(median(all), 1)));
            }
            row.extend([
                rounded(median(&measured.per_second), 0),
                rounded(median(&measured.baseline), 0),
                rounded(median(&measured.p50) / 1000.0, 2),
                rounded(median(&measured.p99) / 1000.0, 2),
            ]);
            table.row(row);
        }
        Ok(table)
    }
}

#[derive(Default)]
struct Measured {
    ratios: Vec<f64>,
    /// In microseconds of the processor, and above what it is compared to.
    costs: Vec<f64>,
    more: Vec<f64>,
    per_second: Vec<f64>,
    baseline: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
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
pub fn rounded(value: f64, places: i32) -> Value {
    if places == 0 {
        return json!(value.round() as i64);
    }
    let scale = 10_f64.powi(places);
    json!((value * scale).round() / scale)
}
