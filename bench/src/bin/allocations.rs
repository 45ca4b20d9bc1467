//! Prints how many allocations a request to one of the apps makes, and of how many bytes.

use std::alloc::System;

use bench::in_process::Drive;
use clap::Parser;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let drive = Drive::parse();
    let driver = drive.ready().await?;
    let region = Region::new(ALLOCATOR);
    for _ in 0..drive.requests() {
        driver.request().await;
    }
    let change = region.change();
    let requests = drive.requests() as f64;
    println!(
        "{}",
        serde_json::json!({
            "allocations": (change.allocations + change.reallocations) as f64 / requests,
            "bytes": change.bytes_allocated as f64 / requests,
        })
    );
    Ok(())
}
