//! `server backup`

use std::path::Path;

use axum_okta::OktaBuilder;
use indicatif::HumanBytes;

pub(crate) async fn back_up(to: &Path) -> anyhow::Result<()> {
    let backup = OktaBuilder::from_env()?.back_up_database(to).await?;
    println!(
        "{} is backed up to {} ({}).",
        backup.database.display(),
        to.display(),
        HumanBytes(backup.bytes)
    );
    match backup.key_file {
        Some(key) => println!(
            "The copy can't be read without the key in {}. Back that up, too, and keep it somewhere else.",
            key.display()
        ),
        None => println!("The copy can't be read without OKTA_ENCRYPTION_KEY."),
    }
    Ok(())
}
