//! `docs/compatibility.md` says what cargo says.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, ops::Range, process::Command};

use serde_json::Value;

#[test]
fn the_table_of_sqlite_crates_is_true() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let page = fs::read_to_string(format!("{root}/docs/compatibility.md")).unwrap();
    let requirement = requirement_of_sqlx();
    assert!(
        page.contains(&format!("`{requirement}`")),
        "sqlx takes {requirement}"
    );

    let taken = range(&requirement);
    let table = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    let rows: Vec<[&str; 3]> = table.map(cells).collect();
    assert!(rows.len() > 10);
    for [users, versions, beside] in rows {
        let fits = versions
            .split(" to ")
            .any(|version| taken.contains(&minor(version)));
        assert_eq!(beside == "yes", fits, "{users}");
    }
}

/// As in `>=0.30.1, <0.38.0`.
fn range(requirement: &str) -> Range<u32> {
    let (from, to) = requirement.split_once(", ").unwrap();
    minor(from.trim_start_matches(">="))..minor(to.trim_start_matches('<'))
}

/// As in `0.30` and `0.30.1`.
fn minor(version: &str) -> u32 {
    version.split('.').nth(1).unwrap().parse().unwrap()
}

fn cells(row: &str) -> [&str; 3] {
    let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
    cells.try_into().unwrap()
}

fn requirement_of_sqlx() -> String {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let sqlx = packages
        .iter()
        .find(|package| package["name"] == "sqlx-sqlite")
        .unwrap();
    let dependencies = sqlx["dependencies"].as_array().unwrap();
    let sqlite = dependencies
        .iter()
        .find(|it| it["name"] == "libsqlite3-sys")
        .unwrap();
    sqlite["req"].as_str().unwrap().to_owned()
}

fn host() -> String {
    let output = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    let mut lines = version.lines();
    let host = lines.find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--locked", "--offline"]);
    // What only other platforms need was not downloaded.
    cargo.args(["--filter-platform", &host()]);
    cargo.args(["--features", "ssr", "--manifest-path"]);
    cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let output = cargo.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
