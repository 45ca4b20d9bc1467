//! Allocations a request.

use anyhow::ensure;
use serde_json::{Value, json};
use tokio::process::Command;

use super::in_process::subjects;
use crate::{
    rounds::rounded,
    site::{Site, beside},
};

pub async fn measure() -> anyhow::Result<Vec<Value>> {
    let site = Site::start().await?;
    let mut rows = Vec::new();
    let mut bare = None;
    for subject in subjects(&site).await? {
        let mut counted = Command::new(beside("allocations")?);
        let output = counted.args(&subject.arguments).output().await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {errors}", subject.name);
        let printed: Value = serde_json::from_slice(&output.stdout)?;
        let of = |what: &str| printed[what].as_f64().unwrap_or(f64::NAN);
        let bare = *bare.get_or_insert(of("allocations"));
        rows.push(json!({
            "route": subject.name,
            "allocations": rounded(of("allocations"), 1),
            "above axum alone": rounded(of("allocations") - bare, 1),
            "bytes": rounded(of("bytes"), 0),
        }));
    }
    Ok(rows)
}
