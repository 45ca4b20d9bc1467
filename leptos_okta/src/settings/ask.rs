//! How the browser calls a server function that answers with text. `server_fn`'s own client, with
//! its encodings and errors, would add 3 KiB to a page.

use js_sys::JSON;
use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{RequestInit, Response, UrlSearchParams},
};
use wasm_bindgen_futures::JsFuture;

/// Sends the fields as a form. `None` without an answer.
pub(crate) async fn ask(function: &str, fields: &[(&str, Option<String>)]) -> Option<String> {
    send(function, fields).await.ok()?
}

async fn send(
    function: &str,
    fields: &[(&str, Option<String>)],
) -> Result<Option<String>, JsValue> {
    let form = UrlSearchParams::new()?;
    for (name, value) in fields {
        if let Some(value) = value {
            form.append(name, value);
        }
    }
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&form);
    let response = JsFuture::from(window().fetch_with_str_and_init(function, &request)).await?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Ok(None);
    }
    let json = JsFuture::from(response.text()?).await?;
    let json = json.as_string().unwrap_or_default();
    Ok(JSON::parse(&json)?.as_string())
}
