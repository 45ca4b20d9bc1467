//! `server export` and `server apply`

use std::path::Path;

use anyhow::Context;
use axum_okta::{
    Okta, OktaBuilder,
    configuration::{Applied, Apply, Configuration, Secrets},
};

pub(crate) async fn export(secrets: bool) -> anyhow::Result<()> {
    let secrets = match secrets {
        true => Secrets::Included,
        false => Secrets::Omitted,
    };
    let configuration = open().await?.export_configuration(secrets).await?;
    print!("{}", serde_yaml_ng::to_string(&configuration)?);
    Ok(())
}

pub(crate) async fn apply(file: &Path, dry_run: bool, prune: bool) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} can't be read", file.display()))?;
    let document =
        serde_yaml_ng::from_str(&text).with_context(|| format!("{} isn't YAML", file.display()))?;
    let configuration = Configuration::from_json(document)?;
    let how = Apply::default().dry_run(dry_run).prune(prune);
    let applied = open()
        .await?
        .apply_configuration(&configuration, how)
        .await?;
    print(&applied, dry_run);
    Ok(())
}

async fn open() -> anyhow::Result<Okta> {
    Ok(OktaBuilder::from_env()?.open().await?)
}

fn print(applied: &Applied, dry_run: bool) {
    for change in &applied.changes {
        println!("{change}");
    }
    let done = if dry_run { "to change" } else { "changed" };
    println!(
        "{} {done}, {} unchanged.",
        applied.changes.len(),
        applied.unchanged
    );
    if !dry_run && !applied.changes.is_empty() {
        println!(
            "Servers on PostgreSQL use it from now on. A server that runs on this SQLite file uses it once it is restarted."
        );
    }
}
