//! The server's own configuration: a subcommand, and Leptos' variables. The plugin reads the
//! others, which are all optional (`docs/deploy.md`).

use std::{env, net::SocketAddr};

use anyhow::Context;
use clap::{Parser, Subcommand};
use leptos::config::LeptosOptions;

const SITE_ADDR: &str = "LEPTOS_SITE_ADDR";
const DEFAULT_SITE_ADDR: &str = "127.0.0.1:3000";
const SITE_ROOT: &str = "LEPTOS_SITE_ROOT";
const DEFAULT_SITE_ROOT: &str = "target/site";

/// The reference app of leptos_okta.
///
/// Configured by environment variables, all of them optional. See docs/deploy.md.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a setup code, for when nobody can open the settings. Earlier codes stop working.
    SetupCode,
}

/// # Errors
///
/// When `LEPTOS_SITE_ADDR` is not an address.
pub(crate) fn leptos_options() -> anyhow::Result<LeptosOptions> {
    let address = variable(SITE_ADDR).unwrap_or_else(|| DEFAULT_SITE_ADDR.to_owned());
    let address: SocketAddr = address.parse().with_context(|| {
        format!(
            "{SITE_ADDR} is `{address}`, which is not an address to listen on, such as 127.0.0.1:3000"
        )
    })?;
    Ok(LeptosOptions::builder()
        .output_name("leptos_okta")
        .site_root(variable(SITE_ROOT).unwrap_or_else(|| DEFAULT_SITE_ROOT.to_owned()))
        .site_addr(address)
        .build())
}

/// An empty variable counts as not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
