//! What was measured, in columns and rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The tables that came of a part, by name.
pub type Tables = BTreeMap<String, Table>;

#[derive(Clone, Serialize, Deserialize)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    pub fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// The only table of a part.
    pub fn named(self, name: &str) -> Tables {
        Tables::from([(name.to_owned(), self)])
    }

    pub fn row(&mut self, values: impl IntoIterator<Item = Value>) {
        self.rows.push(values.into_iter().collect());
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let columns = &self.columns;
        self.rows.iter().map(|values| Row { columns, values })
    }

    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut table = line(&self.columns);
        table.push_str(&format!("|{}\n", "---|".repeat(self.columns.len())));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(cell).collect();
            table.push_str(&line(&cells));
        }
        table
    }
}

/// One of a table, for what looks values up in it.
#[derive(Clone, Copy)]
pub struct Row<'t> {
    columns: &'t [String],
    values: &'t [Value],
}

impl<'t> Row<'t> {
    fn value(&self, column: &str) -> Option<&'t Value> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.values.get(place)
    }

    pub fn number(&self, column: &str) -> Option<f64> {
        self.value(column)?.as_f64()
    }

    pub fn text(&self, column: &str) -> &'t str {
        let value = self.value(column);
        value.and_then(Value::as_str).unwrap_or_default()
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
