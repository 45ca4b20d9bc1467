//! Load, by `wrk`.

use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::site::processor_seconds;

pub const CONNECTIONS: u32 = 32;
/// As report.lua knows.
const THREADS: u32 = 2;
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/report.lua");

/// What is asked for, and as whom.
#[derive(Clone)]
pub struct Target {
    pub url: String,
    pub cookie: Option<String>,
    /// Whether the answer is to be a page, as a browser asks for one.
    pub page: bool,
    /// Who answers, if that is one process.
    pub process: Option<u32>,
}

/// What was measured. Times are in microseconds.
#[derive(Clone, Copy, Deserialize)]
pub struct Load {
    pub requests: u64,
    microseconds: u64,
    failed: u64,
    pub p50: u64,
    pub p99: u64,
    /// What a request costs the process that answers.
    #[serde(skip)]
    pub processor: Option<f64>,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 * 1e6 / self.microseconds as f64
    }
}

/// Every request is answered, and none with an error. With a file of cookies, each sends another.
pub async fn run(target: &Target, seconds: u64, cookies: Option<&Path>) -> anyhow::Result<Load> {
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", &THREADS.to_string()])
        .args(["--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        // Two seconds are too few for a server that starts more processes first.
        .args(["--timeout", "10s"])
        .args(["--script", SCRIPT]);
    if let Some(cookie) = &target.cookie {
        wrk.args(["--header", &format!("Cookie: {cookie}")]);
    }
    if target.page {
        wrk.args(["--header", "Accept: text/html"]);
    }
    wrk.arg(&target.url);
    if let Some(cookies) = cookies {
        wrk.arg("--").arg(cookies);
    }
    let spent = || target.process.map(processor_seconds).transpose();
    let before = spent()?;
    let output = wrk.output().await.context("wrk can't be started")?;
    let after = spent()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = printed.lines().find(|line| line.starts_with('{'));
    let line = line.with_context(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("wrk measured nothing at {}: {printed}{errors}", target.url)
    })?;
    let mut load: Load = serde_json::from_str(line)?;
    ensure!(
        load.failed == 0,
        "{} requests to {} failed",
        load.failed,
        target.url
    );
    ensure!(load.requests > 0, "nothing was answered at {}", target.url);
    let each = |seconds: f64| seconds * 1e6 / load.requests as f64;
    load.processor = after
        .zip(before)
        .map(|(after, before)| each(after - before));
    Ok(load)
}
