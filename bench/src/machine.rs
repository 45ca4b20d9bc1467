//! What it was measured on, and with.

use std::{collections::BTreeMap, fs, process::Command, thread::available_parallelism};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The crates that the results depend on most.
const CRATES: [&str; 10] = [
    "axum",
    "axum-login",
    "axum-oidc",
    "criterion",
    "hyper",
    "quick_cache",
    "sqlx",
    "tokio",
    "tower-sessions",
    "tower-sessions-sqlx-store",
];
const NPM_PACKAGES: [&str; 2] = ["express", "express-openid-connect"];
const PACKAGES: [&str; 6] = [
    "apache2-bin",
    "chromium-headless-shell",
    "libapache2-mod-auth-openidc",
    "postgresql",
    "valgrind",
    "wrk",
];

#[derive(Serialize, Deserialize)]
pub struct Machine {
    processor: String,
    processors: usize,
    memory: String,
    kernel: String,
}

impl Machine {
    /// As a person reads it.
    pub fn named(&self) -> [(&'static str, String); 4] {
        [
            ("Processor", self.processor.clone()),
            ("Processors", self.processors.to_string()),
            ("Memory", self.memory.clone()),
            ("Kernel", self.kernel.clone()),
        ]
    }
}

pub fn described() -> Machine {
    let line = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let value = line.map(|rest| rest.trim_start_matches([':', '\t', ' ']));
        value.unwrap_or_default().to_owned()
    };
    Machine {
        processor: line("/proc/cpuinfo", "model name"),
        processors: available_parallelism().map_or(0, usize::from),
        memory: line("/proc/meminfo", "MemTotal"),
        kernel: printed("uname", &["-sr"]),
    }
}

pub fn versions() -> BTreeMap<String, String> {
    let mut versions = locked();
    let mut add = |name: &str, version| versions.insert(name.to_owned(), version);
    add(
        "this plugin",
        printed("git", &["describe", "--always", "--dirty"]),
    );
    add("rustc", printed("rustc", &["--version"]));
    add("node", printed("node", &["--version"]));
    for package in PACKAGES {
        add(
            package,
            printed("dpkg-query", &["-W", "-f", "${Version}", package]),
        );
    }
    versions
}

/// From both lock files, as they were when this was built. Of a crate that is there twice, both.
fn locked() -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let lock = include_str!("../Cargo.lock");
    let mut names = lock.lines().filter_map(|line| line.strip_prefix("name = "));
    let mut versions = lock
        .lines()
        .filter_map(|line| line.strip_prefix("version = \""));
    // The lock file's own version is a number.
    while let (Some(name), Some(version)) = (names.next(), versions.next()) {
        let (name, version) = (name.trim_matches('"'), version.trim_matches('"'));
        if !CRATES.contains(&name) {
            continue;
        }
        let both = found.get(name).map(|before| format!("{before}, {version}"));
        found.insert(name.to_owned(), both.unwrap_or(version.to_owned()));
    }
    let npm: Value = serde_json::from_str(include_str!("../package-lock.json")).unwrap_or_default();
    for name in NPM_PACKAGES {
        let version = &npm["packages"][format!("node_modules/{name}")]["version"];
        let version = version.as_str().unwrap_or_default();
        found.insert(name.to_owned(), version.to_owned());
    }
    found
}

fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
