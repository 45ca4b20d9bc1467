//! The ratios as bars.

use super::Drawing;
use crate::table::{Row, Table};

const WIDTH: f64 = 780.0;
/// Where bars begin, and how long one is.
const LEFT: f64 = 310.0;
const ONE: f64 = 370.0;
/// No bar is longer than this many times that.
const MOST: f64 = 1.1;
const ROW: f64 = 24.0;
const HEADING: f64 = 40.0;

pub fn ratios(routes: &Table, languages: Option<&Table>) -> String {
    let mut drawing = Drawing::new();
    let mut said = String::new();
    let heading = "Requests a second, compared to the same route of axum alone";
    let mut y = group(&mut drawing, &mut said, 0.0, heading, routes);
    if let Some(languages) = languages {
        let heading = "Guarded compared to unguarded, of each server by itself";
        y = group(&mut drawing, &mut said, y, heading, languages);
    }
    drawing.finished(
        WIDTH,
        y + 8.0,
        "Guarded routes beside unguarded ones",
        &said,
    )
}

/// Where the next one can begin.
fn group(drawing: &mut Drawing, said: &mut String, y: f64, heading: &str, table: &Table) -> f64 {
    drawing.text(12.0, y + 26.0, "h", heading);
    said.push_str(&format!("{heading}: "));
    let top = y + HEADING;
    let mut bottom = top;
    let mut each = Vec::new();
    for row in table.rows() {
        bar(drawing, bottom, row);
        let ratio = row.number("Ratio").unwrap_or_default();
        each.push(format!("{} {ratio:.2}", name(row)));
        bottom += ROW;
    }
    drawing.line("grid", [LEFT + ONE, top], [LEFT + ONE, bottom]);
    said.push_str(&format!("{}. ", each.join(", ")));
    bottom
}

fn bar(drawing: &mut Drawing, y: f64, row: Row<'_>) {
    let name = name(row);
    let class = match name.starts_with("this plugin") {
        true => "ours",
        false => "peer",
    };
    let place = |column| LEFT + row.number(column).unwrap_or_default().min(MOST) * ONE;
    let (end, top) = (place("Ratio"), y + 4.0);
    drawing.text(12.0, y + 16.0, "n", &name);
    drawing.add(&format!(
        r#"<rect class="{class}" x="{LEFT}" y="{top}" width="{:.1}" height="16" rx="2"/>"#,
        end - LEFT
    ));
    // From the lowest of all rounds to the highest.
    let (from, to, middle) = (place("Lowest"), place("Highest"), y + 12.0);
    drawing.line("", [from, middle], [to, middle]);
    let ratio = row.number("Ratio").unwrap_or_default();
    let beside = to.max(end) + 6.0;
    drawing.text(beside, y + 16.0, "n", &format!("{ratio:.2}"));
}

/// Without Markdown.
fn name(row: Row<'_>) -> String {
    row.text("Route").replace('`', "")
}
