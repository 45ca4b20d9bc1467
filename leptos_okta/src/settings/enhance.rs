//! What JavaScript adds to the console: a preview of the parsed issuer, copy buttons, times in the
//! reader's time zone, and a progress message while Okta is asked.

use js_sys::{Date, Object, Reflect};
use leptos::{
    ev,
    prelude::*,
    server_fn::ServerFn,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement, HtmlInputElement, NodeList},
};

use super::{ask::ask, load::UnderstandIssuer};

/// For a page that has just arrived.
pub(super) fn page() {
    show_copy_buttons();
    show_local_times();
}

/// One listener for all fields: shows what the server understands of the issuer.
pub(super) fn on_input(event: ev::Event) {
    if ISSUER_FIELDS.contains(&event_target::<Element>(&event).id().as_str()) {
        spawn_local(show_understood(ISSUER_FIELDS.map(value_of)));
    }
}

pub(super) fn on_submit(event: ev::SubmitEvent) {
    if let Ok(Some(progress)) = event_target::<Element>(&event).query_selector(".okta-progress") {
        progress.set_text_content(Some("Checking with Okta. This takes a few seconds…"));
    }
}

/// The fields that the issuer is made of.
const ISSUER_FIELDS: [&str; 2] = ["okta-issuer", "okta-authorization-server"];

fn value_of(id: &str) -> String {
    let field = document().get_element_by_id(id);
    let field = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    field.map(|field| field.value()).unwrap_or_default()
}

async fn show_understood(typed: [String; 2]) {
    let [issuer, authorization_server] = typed.clone();
    let fields = [
        ("issuer", Some(issuer)),
        ("authorization_server", Some(authorization_server)),
    ];
    let understood = ask(UnderstandIssuer::PATH, &fields).await;
    let hint = document().get_element_by_id("issuer-understood");
    // Only if it is still what is in the fields.
    if let (Some(understood), Some(hint)) = (understood, hint)
        && ISSUER_FIELDS.map(value_of) == typed
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

pub(super) fn on_click(event: ev::MouseEvent) {
    let button = event_target::<Element>(&event);
    if let Some(text) = button.get_attribute("data-copy") {
        let _written = window().navigator().clipboard().write_text(&text);
        button.set_text_content(Some("Copied"));
    }
}
