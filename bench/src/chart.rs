//! The ratios as bars, in a picture that can be read on light and dark pages.

use std::fmt::Write;

use serde_json::Value;

const WIDTH: u32 = 760;
/// Where bars begin, and how long the longest is.
const LEFT: f64 = 330.0;
const FULL: f64 = 340.0;
const ROW: u32 = 24;
const HEADING: u32 = 40;

const STYLE: &str = "text { font: 13px system-ui, sans-serif; fill: #1f2328 } .h { font-weight: 600 } \
    .n { font-size: 12px } .ours { fill: #0969da } .peer { fill: #8c959f } line { stroke: #1f2328; stroke-width: 1.5 } \
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #4493f8 } .peer { fill: #6e7681 } \
    line { stroke: #e6edf3 } }";

pub fn svg(routes: &[Value], languages: &[Value]) -> String {
    let mut drawing = String::new();
    let mut y = 0;
    group(
        &mut drawing,
        &mut y,
        "Requests a second, by those of the same route without any of it",
        routes,
    );
    if !languages.is_empty() {
        let heading = "Guarded by unguarded, on each server's own terms";
        group(&mut drawing, &mut y, heading, languages);
    }
    let height = y + 8;
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">
<title>Guarded routes beside unguarded ones</title>
<style>{STYLE}</style>
{drawing}</svg>
"#
    )
}

fn group(drawing: &mut String, y: &mut u32, heading: &str, rows: &[Value]) {
    text(drawing, 8.0, *y + 26, "h", heading);
    *y += HEADING;
    for row in rows {
        let name = row["route"].as_str().unwrap_or_default();
        let value = |column: &str| row[column].as_f64().unwrap_or_default();
        let class = if name.starts_with("this plugin") {
            "ours"
        } else {
            "peer"
        };
        let length = |ratio: f64| LEFT + ratio.min(1.1) * FULL;
        let (ratio, end) = (value("ratio"), length(value("ratio")));
        text(drawing, 8.0, *y + 16, "n", &name.replace('`', ""));
        let top = *y + 4;
        let width = end - LEFT;
        let _ = writeln!(
            drawing,
            r#"<rect class="{class}" x="{LEFT}" y="{top}" width="{width:.1}" height="16" rx="2"/>"#
        );
        // From the lowest of all rounds to the highest.
        let (from, to, middle) = (length(value("lowest")), length(value("highest")), *y + 12);
        let _ = writeln!(
            drawing,
            r#"<line x1="{from:.1}" x2="{to:.1}" y1="{middle}" y2="{middle}"/>"#
        );
        text(
            drawing,
            to.max(end) + 6.0,
            *y + 16,
            "n",
            &format!("{ratio:.2}"),
        );
        *y += ROW;
    }
}

fn text(drawing: &mut String, x: f64, y: u32, class: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        drawing,
        r#"<text class="{class}" x="{x:.1}" y="{y}">{text}</text>"#
    );
}
