//! What criterion has measured of `benches/steps.rs`.

use std::{fs, path::PathBuf};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{rounds::rounded, table::Table};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

pub async fn measure() -> anyhow::Result<Table> {
    let measured = PathBuf::from(HERE).join("target/criterion");
    if measured.exists() {
        fs::remove_dir_all(&measured)?;
    }
    let mut bench = Command::new("cargo");
    bench
        .args(["bench", "--locked", "--bench", "steps"])
        .current_dir(HERE);
    ensure!(bench.status().await?.success(), "cargo bench failed");
    let mut steps = Vec::new();
    for step in fs::read_dir(&measured)? {
        let folder = step?.path();
        let Ok(estimates) = fs::read(folder.join("new/estimates.json")) else {
            continue;
        };
        let about: Value = serde_json::from_slice(&fs::read(folder.join("new/benchmark.json"))?)?;
        let estimates: Value = serde_json::from_slice(&estimates)?;
        let median = estimates["median"]["point_estimate"].as_f64();
        let nanoseconds = median.context("criterion has no median")?;
        let name = about["title"].as_str().unwrap_or_default().to_owned();
        steps.push((name, rounded(nanoseconds / 1000.0, 2)));
    }
    steps.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut table = Table::new(&["Step", "Microseconds"]);
    for (name, microseconds) in steps {
        table.row([json!(name), microseconds]);
    }
    Ok(table)
}
