//! What was measured, for people and for programs.

use std::{fs, io::ErrorKind};

use serde_json::{Map, Value, json};

use crate::{chart, machine, rounds::Rounds};

const RESULTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/performance/results.json"
);
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance/chart.svg");

/// The results of each part, from the last time that it was measured.
pub struct Report(Map<String, Value>);

impl Report {
    pub fn read() -> anyhow::Result<Self> {
        match fs::read(RESULTS) {
            Ok(json) => Ok(Self(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self(Map::new())),
            Err(error) => Err(error.into()),
        }
    }

    pub fn replace(&mut self, part: String, rows: Vec<Value>, rounds: &Rounds) {
        let result = json!({
            "command": format!(
                "bench/run --parts {part} --rounds {} --seconds {}",
                rounds.number, rounds.seconds
            ),
            "machine": machine::described(),
            "versions": machine::versions(),
            "rows": rows,
        });
        self.0.insert(part, result);
    }

    pub fn write(&self) -> anyhow::Result<()> {
        fs::write(RESULTS, format!("{:#}\n", Value::Object(self.0.clone())))?;
        let rows = |part: &str| self.0.get(part).and_then(|part| part["rows"].as_array());
        if let Some(routes) = rows("routes") {
            let languages = rows("languages").map(Vec::as_slice).unwrap_or_default();
            fs::write(CHART, chart::svg(routes, languages))?;
        }
        Ok(())
    }
}

/// As Markdown, with a column for each name that a row has.
pub fn table(rows: &[Value]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    let mut table = format!(
        "| {} |\n|{}\n",
        columns.join(" | "),
        "---|".repeat(columns.len())
    );
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|column| cell(&row[*column])).collect();
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    table
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
