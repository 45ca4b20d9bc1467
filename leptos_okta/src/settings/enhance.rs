//! What JavaScript adds to the settings page: how the issuer is understood while it is typed, buttons that copy, and
//! word that Okta is being asked.

use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

use super::server_functions::understand_issuer;

/// The page, with one listener for each kind of event in it.
#[component]
pub(super) fn Enhanced(
    /// Made by the server, everything in it escaped.
    html: String,
) -> impl IntoView {
    let latest_issuer = StoredValue::new(String::new());
    let on_input = move |event: ev::Event| {
        if event_target::<Element>(&event).id() == "okta-issuer" {
            let typed = event_target_value(&event);
            latest_issuer.set_value(typed.clone());
            spawn_local(show_understood(typed, latest_issuer));
        }
    };
    let on_submit = |event: ev::SubmitEvent| {
        if let Ok(Some(progress)) = event_target::<Element>(&event).query_selector(".okta-progress")
        {
            progress.set_text_content(Some("Asking Okta. This takes a few seconds…"));
        }
    };
    Effect::new(show_copy_buttons);
    view! { <div inner_html=html on:input=on_input on:submit=on_submit on:click=copy></div> }
}

async fn show_understood(typed: String, latest: StoredValue<String>) {
    let Ok(understood) = understand_issuer(typed.clone()).await else {
        return;
    };
    // Only of what is in the field by now.
    let hint = document().get_element_by_id("issuer-understood");
    if let Some(hint) =
        hint.filter(|_| latest.try_with_value(|latest| *latest == typed) == Some(true))
    {
        hint.set_text_content(Some(&understood));
    }
}

/// Browsers offer the clipboard to secure pages only; elsewhere the text can still be selected.
fn show_copy_buttons() {
    if !window().is_secure_context() {
        return;
    }
    if let Ok(buttons) = document().query_selector_all("[data-copy]") {
        for index in 0..buttons.length() {
            let button = buttons
                .get(index)
                .and_then(|button| button.dyn_into::<HtmlElement>().ok());
            if let Some(button) = button {
                let _set = button.style().set_property("visibility", "visible");
            }
        }
    }
}

fn copy(event: ev::MouseEvent) {
    let button = event_target::<Element>(&event);
    if let Some(text) = button.get_attribute("data-copy") {
        let _written = window().navigator().clipboard().write_text(&text);
        button.set_text_content(Some("Copied"));
    }
}
