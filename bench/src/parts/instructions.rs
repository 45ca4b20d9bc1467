//! Instructions a request, by callgrind: of two runs with different numbers of requests, what the
//! additional ones cost. They are the same on every machine of a kind, however busy it is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::process::Command;

use super::in_process::{Subject, subjects};
use crate::{
    rounds::rounded,
    site::{Site, beside},
};

const FEW: u64 = 500;
const MANY: u64 = 20_500;
/// For callgrind_annotate.
const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/callgrind");

pub async fn measure() -> anyhow::Result<Vec<Value>> {
    fs::create_dir_all(PROFILES)?;
    let site = Site::start().await?;
    let subjects = subjects(&site).await?;
    let progress = ProgressBar::new(subjects.len() as u64);
    let mut rows = Vec::new();
    let mut bare = None;
    for (number, subject) in subjects.iter().enumerate() {
        progress.println(subject.name);
        let profile = PathBuf::from(PROFILES).join(format!("{number}.out"));
        let few = counted(subject, FEW, &profile).await?;
        let many = counted(subject, MANY, &profile).await?;
        let each = (many - few) as f64 / (MANY - FEW) as f64;
        let bare = *bare.get_or_insert(each);
        rows.push(json!({
            "route": subject.name,
            "instructions": rounded(each, 0),
            "above axum alone": rounded(each - bare, 0),
            "profile": format!("bench/target/callgrind/{number}.out"),
        }));
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(rows)
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
