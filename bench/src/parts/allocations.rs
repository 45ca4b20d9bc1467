//! Allocations a request.

use anyhow::ensure;
use serde_json::{Value, json};
use tokio::process::Command;

use super::subjects::{Bare, subjects};
use crate::{
    rounds::rounded,
    site::{Site, beside},
    table::Table,
};

pub async fn measure() -> anyhow::Result<Table> {
    let site = Site::start().await?;
    let mut table = Table::new(&["Route", "Allocations", "Above axum alone", "Bytes"]);
    let mut bare = Bare::default();
    for subject in subjects(&site).await? {
        let mut counted = Command::new(beside("allocations")?);
        let output = counted.args(&subject.arguments).output().await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {errors}", subject.name);
        let printed: Value = serde_json::from_slice(&output.stdout)?;
        let of = |what: &str| printed[what].as_f64().unwrap_or(f64::NAN);
        let allocations = of("allocations");
        table.row([
            json!(subject.name),
            rounded(allocations, 1),
            rounded(bare.above(&subject, allocations), 1),
            rounded(of("bytes"), 0),
        ]);
    }
    Ok(table)
}
