//! What JavaScript adds to the settings page: how the issuer is understood while it is typed, buttons that copy, and
//! word that Okta is being asked.

use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlInputElement},
};

use super::server_functions::understand_issuer;

/// The page, with one listener for each kind of event in it.
#[component]
pub(super) fn Enhanced(
    /// Made by the server, everything in it escaped.
    html: String,
) -> impl IntoView {
    let latest = StoredValue::new((String::new(), String::new()));
    let on_input = move |event: ev::Event| {
        if ISSUER_FIELDS.contains(&event_target::<Element>(&event).id().as_str()) {
            let typed: (String, String) = ISSUER_FIELDS.map(value_of).into();
            latest.set_value(typed.clone());
            spawn_local(show_understood(typed, latest));
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

/// What the issuer is made of.
const ISSUER_FIELDS: [&str; 2] = ["okta-issuer", "okta-authorization-server"];

fn value_of(id: &str) -> String {
    let field = document().get_element_by_id(id);
    let field = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}

async fn show_understood(typed: (String, String), latest: StoredValue<(String, String)>) {
    let (issuer, authorization_server) = typed.clone();
    let Ok(understood) = understand_issuer(issuer, authorization_server).await else {
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
