//! The browser's half of the settings page: an element whose content is the server's. Leptos sees
//! no content, so hydration leaves it as it is. A `Resource` would add 6 KiB to a page.

use leptos::{html::Section, prelude::*, server_fn::ServerFn, task::spawn_local};
use okta_types::NO_ANSWER;

use super::{
    Address,
    ask::ask,
    enhance,
    server_functions::{SettingsPage, alert},
};

/// The page at this address, and at the next.
pub(super) fn page(address: impl Fn() -> Address + 'static) -> impl IntoView {
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
            // Unless another link was followed meanwhile, perhaps away from the settings. Until then, the previous page
            // stays.
            if asked.try_with_value(|asked| asked.as_ref() == Some(&now)) == Some(true) {
                section.set_inner_html(&html);
                enhance::page();
            }
        });
        true
    });
    view! {
        <section
            class="okta-settings"
            node_ref=section
            on:input=enhance::on_input
            on:submit=enhance::on_submit
            on:click=enhance::on_click
        ></section>
    }
}

async fn load(
    Address {
        path,
        search,
        section,
    }: Address,
) -> String {
    let fields = [
        ("path", Some(path)),
        ("search", Some(search)),
        ("section", section),
    ];
    let page = ask(SettingsPage::PATH, &fields).await;
    page.unwrap_or_else(|| alert(NO_ANSWER))
}
