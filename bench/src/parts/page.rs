//! A page of the reference app in Chromium.

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::Command;

use crate::rounds::Rounds;

pub async fn measure(rounds: &Rounds) -> anyhow::Result<Vec<Value>> {
    let output = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/page.mjs"))
        .arg(rounds.number.to_string())
        .output()
        .await
        .context("node can't be started")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "page.mjs failed: {errors}");
    Ok(serde_json::from_slice(&output.stdout)?)
}
