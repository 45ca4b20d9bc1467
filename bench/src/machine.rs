//! What it was measured on, and with.

use std::{fs, process::Command, thread::available_parallelism};

use serde_json::{Map, Value, json};

/// The crates that the results depend on most.
const CRATES: [&str; 12] = [
    "axum",
    "axum-login",
    "axum-oidc",
    "axum_okta",
    "criterion",
    "hyper",
    "moka",
    "quick_cache",
    "sqlx",
    "tokio",
    "tower-sessions",
    "tower-sessions-sqlx-store",
];
const PACKAGES: [&str; 5] = [
    "apache2",
    "libapache2-mod-auth-openidc",
    "postgresql",
    "valgrind",
    "wrk",
];

pub fn described() -> Value {
    let line = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let value = line.map(|rest| rest.trim_start_matches([':', '\t', ' ']));
        value.unwrap_or_default().to_owned()
    };
    json!({
        "processor": line("/proc/cpuinfo", "model name"),
        "processors": available_parallelism().map_or(0, usize::from),
        "memory": line("/proc/meminfo", "MemTotal"),
        "kernel": printed("uname", &["-sr"]),
    })
}

pub fn versions() -> Value {
    let mut versions = Map::new();
    versions.insert("rustc".to_owned(), printed("rustc", &["--version"]).into());
    versions.insert("node".to_owned(), printed("node", &["--version"]).into());
    for package in PACKAGES {
        let version = printed("dpkg-query", &["-W", "-f", "${Version}", package]);
        versions.insert(package.to_owned(), version.into());
    }
    for (name, version) in locked() {
        versions.insert(name, version.into());
    }
    Value::Object(versions)
}

/// From both lock files, as they were when this was built. Of a crate that is there twice, both.
fn locked() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
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
        match found.last_mut() {
            Some((last, versions)) if last == name => *versions = format!("{versions}, {version}"),
            _ => found.push((name.to_owned(), version.to_owned())),
        }
    }
    let npm: Value = serde_json::from_str(include_str!("../package-lock.json")).unwrap_or_default();
    for name in ["express", "express-openid-connect"] {
        let version = &npm["packages"][format!("node_modules/{name}")]["version"];
        found.push((
            name.to_owned(),
            version.as_str().unwrap_or_default().to_owned(),
        ));
    }
    found
}

fn printed(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
