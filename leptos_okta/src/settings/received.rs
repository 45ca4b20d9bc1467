//! The browser's half of an element whose content is the server's. Leptos sees no content, so
//! hydration leaves it as it is. A `Resource` would add 6 KiB to a page.

use leptos::{html::Section, prelude::*, task::spawn_local};

use super::enhance;

/// The content for this address, and for the next.
pub(crate) fn content<A, F>(
    class: &'static str,
    address: impl Fn() -> A + 'static,
    load: impl Fn(A) -> F + Copy + 'static,
) -> impl IntoView
where
    A: Clone + PartialEq + Send + Sync + 'static,
    F: Future<Output = String> + 'static,
{
    let section = NodeRef::<Section>::new();
    let asked = StoredValue::new(None);
    Effect::new(move |shown: Option<bool>| {
        let now = address();
        let Some(section) = section.get() else {
            return false;
        };
        if shown != Some(true) {
            // It came with the document, unless a link in the app led here.
            if section.first_element_child().is_some() {
                enhance::page();
                return true;
            }
            section.set_inner_html("<p role=\"status\">Loading…</p>");
        }
        asked.set_value(Some(now.clone()));
        spawn_local(async move {
            let html = load(now.clone()).await;
            // Unless another link was followed meanwhile, perhaps away from this page. Until then, what was there stays.
            if asked.try_with_value(|asked| asked.as_ref() == Some(&now)) == Some(true) {
                section.set_inner_html(&html);
                enhance::page();
            }
        });
        true
    });
    view! {
        <section
            class=class
            node_ref=section
            on:input=enhance::on_input
            on:submit=enhance::on_submit
            on:click=enhance::on_click
        ></section>
    }
}
