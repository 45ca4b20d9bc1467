//! The server's own configuration: a subcommand, where metrics are shown, and Leptos' variables.
//! The plugin reads the others, which are all optional (`docs/deploy.md`).

use std::{env, net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use leptos::config::LeptosOptions;

const SITE_ADDR: &str = "LEPTOS_SITE_ADDR";
const DEFAULT_SITE_ADDR: &str = "127.0.0.1:3000";
const METRICS_ADDR: &str = "METRICS_ADDR";
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
    /// Ask the running server whether it is ready, for the health check of a container.
    Health,
    /// Move everything from the SQLite database to PostgreSQL, sessions included. Nobody has to sign
    /// in again.
    ///
    /// The server may go on meanwhile. Then stop it and run this once more, which takes over only
    /// what has changed. Running it again also continues a move that was interrupted. See
    /// docs/deploy.md.
    MoveDatabase {
        /// An empty database: postgres://USER:PASSWORD@HOST/DATABASE.
        ///
        /// Others on this machine can read a command's arguments. To keep the password from them,
        /// leave it out here and put it into PostgreSQL's password file (~/.pgpass).
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Copy the SQLite database to a new file while the server runs. The encryption key isn't
    /// copied.
    Backup {
        /// The file to make. One that exists isn't overwritten.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Print the connections as YAML: their Okta apps, options, roles, domains, and named admins.
    Export {
        /// Include client secrets and API tokens, readable. Without them, those that are stored stay
        /// when the file is applied.
        #[arg(long)]
        secrets: bool,
    },
    /// Make the connections as a YAML file says: all of them, or, if one can't be, none. Applied
    /// again, it changes nothing.
    Apply {
        /// The file, as `export` prints it.
        file: PathBuf,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Delete the connections that the file doesn't have.
        #[arg(long)]
        prune: bool,
    },
}

/// Where to show metrics, if anywhere.
///
/// # Errors
///
/// When `METRICS_ADDR` is not an address.
pub(crate) fn metrics_address() -> anyhow::Result<Option<SocketAddr>> {
    variable(METRICS_ADDR)
        .map(|address| address_of(METRICS_ADDR, &address, "127.0.0.1:9100"))
        .transpose()
}

/// # Errors
///
/// When `LEPTOS_SITE_ADDR` is not an address.
pub(crate) fn leptos_options() -> anyhow::Result<LeptosOptions> {
    let address = variable(SITE_ADDR).unwrap_or_else(|| DEFAULT_SITE_ADDR.to_owned());
    let address = address_of(SITE_ADDR, &address, DEFAULT_SITE_ADDR)?;
    Ok(LeptosOptions::builder()
        .output_name("leptos_okta")
        .site_root(variable(SITE_ROOT).unwrap_or_else(|| DEFAULT_SITE_ROOT.to_owned()))
        .site_addr(address)
        .build())
}

fn address_of(name: &str, value: &str, example: &str) -> anyhow::Result<SocketAddr> {
    value.parse().with_context(|| {
        format!("{name} is `{value}`, which is not an address to listen on, such as {example}")
    })
}

/// An empty variable counts as not set.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
