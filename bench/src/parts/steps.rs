//! What criterion has measured of `benches/steps.rs`.

use std::{fs, path::PathBuf};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::rounds::rounded;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

pub async fn measure() -> anyhow::Result<Vec<Value>> {
    let measured = PathBuf::from(HERE).join("target/criterion");
    if measured.exists() {
        fs::remove_dir_all(&measured)?;
    }
    let mut bench = Command::new("cargo");
    bench
        .args(["bench", "--locked", "--bench", "steps"])
        .current_dir(HERE);
    ensure!(bench.status().await?.success(), "cargo bench failed");
    let mut rows = Vec::new();
    for step in fs::read_dir(&measured)? {
        let folder = step?.path();
        let Ok(estimates) = fs::read(folder.join("new/estimates.json")) else {
            continue;
        };
        let about: Value = serde_json::from_slice(&fs::read(folder.join("new/benchmark.json"))?)?;
        let estimates: Value = serde_json::from_slice(&estimates)?;
        let median = estimates["median"]["point_estimate"].as_f64();
        let nanoseconds = median.context("criterion has no median")?;
        rows.push(json!({
            "step": about["title"],
            "microseconds": rounded(nanoseconds / 1000.0, 2),
        }));
    }
    rows.sort_by_key(|row| row["step"].as_str().map(str::to_owned));
    Ok(rows)
}
