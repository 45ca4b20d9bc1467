//! A table, for people and for programs.

use std::{fmt::Write, fs, path::Path, time::Duration};

use serde_json::{Map, Value, json};

/// Beside what is built.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/endurance");

pub struct Report {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
    notes: Vec<String>,
}

impl Report {
    pub fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self {
            name,
            columns: columns.to_vec(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub fn row(&mut self, values: &[Value]) {
        self.rows.push(values.to_vec());
    }

    pub fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// Prints it, and writes it as Markdown and as JSON.
    pub fn write(&self) {
        let markdown = self.markdown();
        println!("\n{markdown}");
        let file = |ending: &str| Path::new(FOLDER).join(format!("{}.{ending}", self.name));
        fs::write(file("md"), markdown).unwrap();
        fs::write(file("json"), format!("{:#}\n", self.json())).unwrap();
        println!("written to {} and .json", file("md").display());
    }

    fn markdown(&self) -> String {
        let mut table = format!("| {} |\n", self.columns.join(" | "));
        writeln!(table, "|{}", "---|".repeat(self.columns.len())).unwrap();
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(cell).collect();
            writeln!(table, "| {} |", cells.join(" | ")).unwrap();
        }
        for note in &self.notes {
            writeln!(table, "\n{note}").unwrap();
        }
        table
    }

    fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let columns = self.columns.iter().map(|column| (*column).to_owned());
            Value::Object(columns.zip(row.iter().cloned()).collect::<Map<_, _>>())
        });
        json!({ "rows": rows.collect::<Vec<_>>(), "notes": self.notes })
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub fn seconds(duration: Duration) -> Value {
    json!(format!("{:.1} s", duration.as_secs_f64()))
}
