//! Instructions, counted by valgrind's callgrind. They are the same on every machine of a kind, however busy it is.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use tokio::process::Command;

use crate::{parts::subjects::Subject, site::beside};

const FEW: u64 = 500;
const MANY: u64 = 10_500;
/// For callgrind_annotate.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/callgrind");

/// The instructions of one request.
pub struct Request {
    pub total: f64,
    /// Of each function itself, without those that it calls.
    pub own: HashMap<String, f64>,
}

/// Of two runs with different numbers of requests, what each of the additional ones costs. What callgrind writes of the
/// longer one stays in the file of that name.
pub async fn request(subject: &Subject, name: &str) -> anyhow::Result<Request> {
    fs::create_dir_all(FOLDER)?;
    let file = PathBuf::from(FOLDER).join(format!("{name}.out"));
    let few = run(subject, FEW, &file).await?;
    let many = run(subject, MANY, &file).await?;
    let each = |many: u64, few: u64| (many as f64 - few as f64) / (MANY - FEW) as f64;
    let own = many.own.into_iter().map(|(function, instructions)| {
        let before = few.own.get(&function).copied().unwrap_or(0);
        (function, each(instructions, before))
    });
    Ok(Request {
        total: each(many.total, few.total),
        own: own.collect(),
    })
}

/// The instructions of one run.
#[derive(Debug, Default)]
struct Profile {
    total: u64,
    own: HashMap<String, u64>,
}

async fn run(subject: &Subject, requests: u64, file: &Path) -> anyhow::Result<Profile> {
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(beside("drive")?)
        .args(&subject.arguments)
        .args(["--requests", &requests.to_string()])
        .output()
        .await
        .context("valgrind can't be started")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {errors}", subject.name);
    parse(&fs::read_to_string(file)?)
}

/// Of the format that valgrind's manual describes as “Callgrind Format Specification”.
fn parse(file: &str) -> anyhow::Result<Profile> {
    let mut profile = Profile::default();
    let (mut names, mut function) = (HashMap::new(), String::new());
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        if let Some(total) = line.strip_prefix("totals: ") {
            profile.total = total.trim().parse()?;
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = full_name(&mut names, name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            full_name(&mut names, name);
        } else if line.starts_with("calls=") {
            // What was called has its own lines.
            lines.next();
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split_whitespace().nth(1).unwrap_or_default();
            let cost: u64 = cost.parse().with_context(|| format!("no cost: {line}"))?;
            *profile.own.entry(function.clone()).or_default() += cost;
        }
    }
    ensure!(profile.total > 0, "no totals in the profile");
    Ok(profile)
}

/// A name is written once, as in `(7) main`, and then as `(7)`.
fn full_name(names: &mut HashMap<String, String>, written: &str) -> String {
    let (number, name) = written.split_once(' ').unwrap_or((written, ""));
    let known = names.entry(number.to_owned()).or_default();
    if !name.is_empty() {
        name.clone_into(known);
    }
    known.clone()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn each_function_has_its_own_instructions() {
        let file = "events: Ir\nfn=(1) main\n10 3\n+1 4\ncfn=(2) malloc\ncalls=2 5\n+2 500\nfi=(3) other.rs\n* 1\n\
                    fn=(2)\n5 500\n\ntotals: 508\n";
        let profile = parse(file).unwrap();
        assert_eq!(profile.total, 508);
        assert_eq!(profile.own["main"], 8);
        assert_eq!(profile.own["malloc"], 500);
        parse("events: Ir\n").unwrap_err();
    }
}
