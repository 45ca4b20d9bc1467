//! HTML of ours as a view.

use leptos::prelude::*;

/// An element whose content is this HTML. Leptos sees none, and all have one type: each type of a
/// view would be code in the browser.
pub(crate) fn element(class: &'static str, content: String) -> AnyView {
    view! { <div class=class inner_html=content></div> }.into_any()
}

/// A view that comes and goes. One type, too.
pub(crate) fn sometimes(view: impl Fn() -> Option<AnyView> + Send + Sync + 'static) -> Sometimes {
    Box::new(view)
}

pub(crate) type Sometimes = Box<dyn Fn() -> Option<AnyView> + Send + Sync>;

/// Text as HTML, also for attributes in quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_stays_text() {
        let text = r#"<a href="/?a=b&c">“it's”</a>"#;
        let html = "&lt;a href=&quot;/?a=b&amp;c&quot;&gt;“it's”&lt;/a&gt;";
        assert_eq!(escaped(text), html);
    }
}
