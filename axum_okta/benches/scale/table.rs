//! Tables, for people and, with `--json FILE`, for programs.

use std::{env, fs};

use serde_json::{Map, Value, json};

pub struct Table {
    name: &'static str,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn new(name: &'static str, columns: &[&str]) -> Self {
        Self {
            name,
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// What was measured twice, in two columns.
    pub fn side_by_side(
        name: &'static str,
        columns: [&str; 3],
        left: Vec<(&'static str, String)>,
        right: Vec<(&'static str, String)>,
    ) -> Self {
        let mut table = Self::new(name, &columns);
        for ((what, left), (_, right)) in left.into_iter().zip(right) {
            table.row([json!(what), json!(left), json!(right)]);
        }
        table
    }

    pub fn row(&mut self, values: impl IntoIterator<Item = Value>) {
        self.rows.push(values.into_iter().collect());
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut table = line(self.columns.clone());
        table.push_str(&format!("|{}\n", "---|".repeat(self.columns.len())));
        for row in &self.rows {
            let cell = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            table.push_str(&line(row.iter().map(cell).collect()));
        }
        table
    }
}

/// Prints them, and writes them to the file that `--json` names, if it names one.
pub fn publish(tables: &[Table]) {
    for table in tables {
        println!("\n{}", table.markdown());
    }
    let arguments: Vec<String> = env::args().collect();
    let named = arguments.windows(2).find(|pair| pair[0] == "--json");
    let Some(named) = named else { return };
    let tables: Map<String, Value> = tables
        .iter()
        .map(|table| {
            let value = json!({ "columns": table.columns, "rows": table.rows });
            (table.name.to_owned(), value)
        })
        .collect();
    fs::write(&named[1], format!("{:#}\n", Value::Object(tables))).unwrap();
}
