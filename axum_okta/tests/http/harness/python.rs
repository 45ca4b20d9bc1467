//! Programs from PyPI, which nobody here wrote. `scripts/setup --tests` installs them.

use std::{path::PathBuf, process::Output};

use tokio::process::Command;

/// A program of the tests' Python.
pub fn program(name: &str) -> Command {
    let home = || PathBuf::from(std::env::var("HOME").expect("a home"));
    let cache =
        std::env::var("XDG_CACHE_HOME").map_or_else(|_| home().join(".cache"), PathBuf::from);
    let mut program = Command::new(cache.join("leptos_okta/python/bin").join(name));
    program.kill_on_drop(true);
    program
}

/// Runs it, and gives all that it said.
pub async fn said(mut program: Command) -> (Output, String) {
    let output = program.output().await;
    let output = output.expect("installed with scripts/setup --tests");
    let text = [&*output.stdout, &*output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output, text)
}
