//! Requests to one of the apps, in process: for callgrind.

use bench::in_process::Drive;
use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let drive = Drive::parse();
    let driver = drive.ready().await?;
    for _ in 0..drive.requests() {
        driver.request().await;
    }
    Ok(())
}
