//! What other programs of this repository measure: each writes its tables to a file.

use std::fs;

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::{rounds::Rounds, table::Tables};

const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// One of the plugin's own benches.
pub async fn bench(name: &str) -> anyhow::Result<Tables> {
    let mut cargo = Command::new("cargo");
    cargo.args(["bench", "--locked", "-p", "axum_okta", "--bench", name]);
    tables_of(cargo.args(["--", "--json"])).await
}

/// An app before the plugin, and with it.
pub async fn weigh(arguments: &[&str]) -> anyhow::Result<Tables> {
    let mut weigh = Command::new(format!("{TOP}/scripts/weigh"));
    tables_of(weigh.args(arguments).arg("--json")).await
}

/// Pages in Chromium.
pub async fn page(rounds: &Rounds) -> anyhow::Result<Tables> {
    let built = Command::new(format!("{TOP}/bench/pages")).status().await;
    ensure!(built?.success(), "bench/pages failed");
    let mut page = Command::new("node");
    page.args(["bench/page.mjs", &rounds.number.to_string()]);
    tables_of(&mut page).await
}

/// The name of the file is what it expects next.
async fn tables_of(command: &mut Command) -> anyhow::Result<Tables> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("tables.json");
    let ended = command.arg(&file).current_dir(TOP).status().await;
    let ended = ended.with_context(|| format!("{command:?}"))?;
    ensure!(ended.success(), "{command:?} failed");
    Ok(serde_json::from_slice(&fs::read(&file)?)?)
}
