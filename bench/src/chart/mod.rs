//! Drawings that can be read on light and dark pages, and without seeing colors.

mod growth;
mod ratios;

use std::fmt::Write;

pub use growth::growth;
pub use ratios::ratios;

/// With a ground of its own, because a page can be dark where the reader's system is light.
const STYLE: &str = "\
    .ground { fill: #ffffff } text { font: 13px system-ui, sans-serif; fill: #1f2328 } .h { font-weight: 600 } \
    .n { font-size: 12px } .ours { fill: #0969da } .peer { fill: #6e7781 } \
    line, path { stroke: #1f2328; stroke-width: 1.5; fill: none } .grid { stroke: #d0d7de; stroke-width: 1 } \
    .a { stroke: #0969da; stroke-width: 2 } .b { stroke: #8250df; stroke-width: 2 } .cold { stroke-dasharray: 6 4 } \
    @media (prefers-color-scheme: dark) { .ground { fill: #0d1117 } text { fill: #e6edf3 } .ours { fill: #4493f8 } \
    .peer { fill: #7d8590 } line, path { stroke: #e6edf3 } .grid { stroke: #30363d } .a { stroke: #4493f8 } \
    .b { stroke: #d2a8ff } }";

struct Drawing {
    content: String,
}

impl Drawing {
    fn new() -> Self {
        Self {
            content: String::new(),
        }
    }

    fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let text = escaped(text);
        self.add(&format!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{text}</text>"#
        ));
    }

    fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        self.add(&format!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    fn add(&mut self, element: &str) {
        let _never_fails = writeln!(self.content, "{element}");
    }

    /// `said` is the same in words, for whoever doesn't see it.
    fn finished(self, width: f64, height: f64, title: &str, said: &str) -> String {
        let (title, said, content) = (escaped(title), escaped(said), self.content);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title said">
<title id="title">{title}</title>
<desc id="said">{said}</desc>
<style>{STYLE}</style>
<rect class="ground" width="{width}" height="{height}" rx="6"/>
{content}</svg>
"#
        )
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
