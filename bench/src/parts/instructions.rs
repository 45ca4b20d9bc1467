//! Instructions a request, by callgrind: of two runs with different numbers of requests, what the
//! additional ones cost. They are the same on every machine of a kind, however busy it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use serde_json::json;
use tokio::process::Command;

use super::subjects::{Bare, Subject, subjects};
use crate::{
    rounds::rounded,
    site::{Site, beside},
    table::Table,
};

const FEW: u64 = 500;
const MANY: u64 = 10_500;
/// For callgrind_annotate: a file for each row, in their order.
const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/callgrind");

pub async fn measure() -> anyhow::Result<Table> {
    fs::create_dir_all(PROFILES)?;
    let site = Site::start().await?;
    let subjects = subjects(&site).await?;
    let progress = ProgressBar::new(subjects.len() as u64);
    let mut table = Table::new(&["Route", "Instructions", "Above axum alone"]);
    let mut bare = Bare::default();
    for (number, subject) in subjects.iter().enumerate() {
        progress.println(subject.name);
        let profile = PathBuf::from(PROFILES).join(format!("{number}.out"));
        let few = counted(subject, FEW, &profile).await?;
        let many = counted(subject, MANY, &profile).await?;
        let each = (many - few) as f64 / (MANY - FEW) as f64;
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

/// All instructions of a run.
async fn counted(subject: &Subject, requests: u64, profile: &Path) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(beside("drive")?)
        .args(&subject.arguments)
        .args(["--requests", &requests.to_string()])
        .output()
        .await
        .context("valgrind can't be started")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {errors}", subject.name);
    let profile = fs::read_to_string(profile)?;
    let totals = profile
        .lines()
        .find_map(|line| line.strip_prefix("totals: "));
    Ok(totals.context("no totals in the profile")?.trim().parse()?)
}
