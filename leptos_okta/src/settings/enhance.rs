//! What JavaScript adds to the console: a preview of the parsed issuer, copy buttons, times in the
//! reader's time zone, and a progress message while Okta is asked.

use js_sys::{Date, Object, Reflect};
use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlInputElement, NodeList},
};

use super::server_functions::understand_issuer;

/// The page, with one listener per kind of event.
#[component]
pub(super) fn Enhanced(
    /// Rendered by the server, which escapes everything in it.
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
            progress.set_text_content(Some("Checking with Okta. This takes a few seconds…"));
        }
    };
    Effect::new(|| {
        show_copy_buttons();
        show_local_times();
    });
    view! { <div inner_html=html on:input=on_input on:submit=on_submit on:click=copy></div> }
}

/// The fields that the issuer is made of.
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
    // Only if it is still what is in the field.
    let hint = document().get_element_by_id("issuer-understood");
    if let Some(hint) =
        hint.filter(|_| latest.try_with_value(|latest| *latest == typed) == Some(true))
    {
        hint.set_text_content(Some(&understood));
    }
}

/// Browsers offer the clipboard to secure pages only. Elsewhere the text can still be selected.
fn show_copy_buttons() {
    if !window().is_secure_context() {
        return;
    }
    for button in elements("[data-copy]") {
        let _set = button.style().set_property("visibility", "visible");
    }
}

/// The server's time in UTC stays as the title.
fn show_local_times() {
    let style = Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let _set = Reflect::set(&style, &name.into(), &value.into());
    }
    for time in elements(".okta-settings time[datetime]") {
        let at = time.get_attribute("datetime").unwrap_or_default();
        let local = Date::new(&at.into()).to_locale_string("default", &style);
        time.set_title(&time.text_content().unwrap_or_default());
        time.set_text_content(local.as_string().as_deref());
    }
}

fn elements(selector: &str) -> impl Iterator<Item = HtmlElement> {
    let found = document().query_selector_all(selector).ok();
    let number = found.as_ref().map_or(0, NodeList::length);
    (0..number).filter_map(move |index| found.as_ref()?.get(index)?.dyn_into().ok())
}

fn copy(event: ev::MouseEvent) {
    let button = event_target::<Element>(&event);
    if let Some(text) = button.get_attribute("data-copy") {
        let _written = window().navigator().clipboard().write_text(&text);
        button.set_text_content(Some("Copied"));
    }
}
