//! How long a guarded request takes, and how much memory the app, with more and more sessions.

use super::Drawing;
use crate::table::{Row, Table};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 290.0;
/// Each of the two diagrams.
const WIDE: f64 = 270.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 240.0;
const LEFT: [f64; 2] = [56.0, 500.0];

/// A column of one of the databases.
struct Series {
    database: &'static str,
    column: &'static str,
    name: &'static str,
    class: &'static str,
}

const TIMES: [Series; 4] = [
    Series {
        database: "SQLite",
        column: "First request of a session, ms",
        name: "SQLite, first",
        class: "a cold",
    },
    Series {
        database: "SQLite",
        column: "Again, ms",
        name: "SQLite, again",
        class: "a",
    },
    Series {
        database: "PostgreSQL",
        column: "First request of a session, ms",
        name: "PostgreSQL, first",
        class: "b cold",
    },
    Series {
        database: "PostgreSQL",
        column: "Again, ms",
        name: "PostgreSQL, again",
        class: "b",
    },
];
const MEMORY: [Series; 2] = [
    Series {
        database: "SQLite",
        column: "MiB then",
        name: "SQLite",
        class: "a",
    },
    Series {
        database: "PostgreSQL",
        column: "MiB then",
        name: "PostgreSQL",
        class: "b",
    },
];

pub fn growth(table: &Table) -> String {
    let mut drawing = Drawing::new();
    let mut said = String::new();
    let heading = "Guarded request, median, ms";
    diagram(&mut drawing, &mut said, LEFT[0], heading, &TIMES, table);
    let heading = "Memory with the cache in use, MiB";
    diagram(&mut drawing, &mut said, LEFT[1], heading, &MEMORY, table);
    drawing.finished(WIDTH, HEIGHT, "More and more live sessions", &said)
}

fn diagram(
    drawing: &mut Drawing,
    said: &mut String,
    left: f64,
    heading: &str,
    all: &[Series],
    table: &Table,
) {
    drawing.text(left, 26.0, "h", heading);
    said.push_str(&format!("{heading}, by live sessions: "));
    let lines: Vec<_> = all.iter().map(|series| points(series, table)).collect();
    let each = || lines.iter().flatten();
    let most = each().map(|(_, value)| *value).fold(0.0, f64::max) * 1.1;
    let (fewest, largest) = each().fold((f64::MAX, 0.0_f64), |(fewest, largest), (sessions, _)| {
        (fewest.min(*sessions), largest.max(*sessions))
    });
    // Sessions by their logarithm.
    let place = |&(sessions, value): &(f64, f64)| {
        let along = (sessions / fewest).log10() / (largest / fewest).log10().max(f64::EPSILON);
        [left + along * WIDE, BOTTOM - value / most * (BOTTOM - TOP)]
    };
    for share in [0.0, 0.5, 1.0] {
        let y = BOTTOM - share * (BOTTOM - TOP);
        drawing.line("grid", [left, y], [left + WIDE, y]);
        let label = tidy(share * most);
        drawing.text(left - 44.0, y + 4.0, "n", &label);
    }
    for point in lines.first().into_iter().flatten() {
        let [x, _] = place(point);
        drawing.text(x - 14.0, BOTTOM + 18.0, "n", &format!("{}", point.0));
    }
    let mut labels: Vec<f64> = Vec::new();
    for (series, line) in all.iter().zip(&lines) {
        let corners = line.iter().map(place);
        let corners: Vec<String> = corners.map(|[x, y]| format!("{x:.1} {y:.1}")).collect();
        let class = series.class;
        drawing.add(&format!(
            r#"<path class="{class}" d="M {}"/>"#,
            corners.join(" L ")
        ));
        if let Some(last) = line.last() {
            let [x, mut y] = place(last);
            // No label on another.
            while labels.iter().any(|taken| (taken - y).abs() < 14.0) {
                y += 14.0;
            }
            labels.push(y);
            drawing.text(x + 6.0, y + 4.0, "n", series.name);
        }
        let values = line
            .iter()
            .map(|(sessions, value)| format!("{value} at {sessions}"));
        let values: Vec<String> = values.collect();
        said.push_str(&format!("{} {}; ", series.name, values.join(", ")));
    }
}

/// Sessions and the value, in order of the rows.
fn points(series: &Series, table: &Table) -> Vec<(f64, f64)> {
    let rows = table.rows();
    let of_database = rows.filter(|row| row.text("Database") == series.database);
    let point = |row: Row<'_>| Some((row.number("Live sessions")?, row.number(series.column)?));
    of_database.filter_map(point).collect()
}

fn tidy(value: f64) -> String {
    match value >= 10.0 {
        true => format!("{value:.0}"),
        false => format!("{value:.2}"),
    }
}
