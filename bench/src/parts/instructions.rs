//! Instructions a request: of two runs with different numbers of requests, what the additional ones cost.

use std::{fs, path::PathBuf};

use indicatif::ProgressBar;
use serde_json::json;

use super::subjects::{Bare, subjects};
use crate::{callgrind, rounds::rounded, site::Site, table::Table};

pub(super) const FEW: u64 = 500;
pub(super) const MANY: u64 = 10_500;
/// For callgrind_annotate: a file for each row, in their order.
pub(super) const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/callgrind");

pub async fn measure() -> anyhow::Result<Table> {
    fs::create_dir_all(PROFILES)?;
    let site = Site::start().await?;
    let subjects = subjects(&site).await?;
    let progress = ProgressBar::new(subjects.len() as u64);
    let mut table = Table::new(&["Route", "Instructions", "Above axum alone"]);
    let mut bare = Bare::default();
    for (number, subject) in subjects.iter().enumerate() {
        progress.println(subject.name);
        let file = PathBuf::from(PROFILES).join(format!("{number}.out"));
        let few = callgrind::run(subject, FEW, &file).await?;
        let many = callgrind::run(subject, MANY, &file).await?;
        let each = (many.total - few.total) as f64 / (MANY - FEW) as f64;
        table.row([
            json!(subject.name),
            rounded(each, 0),
            rounded(bare.above(subject, each), 0),
        ]);
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(table)
}
