//! Where a form returns to.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum_okta::settings::SettingsError;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use okta_types::SettingsRefusal;

use super::{
    console::{DEFAULT_PATH, with_query},
    refused::Refused,
    request::{okta, parameters},
};

/// For a body that isn't this form's.
pub(super) fn refuse_body(body: &[u8]) {
    // Query strings and forms are written the same way, and only this field is asked for.
    let body = String::from_utf8_lossy(body);
    let page = parameters(&body).remove("page").unwrap_or_default();
    let _refused = back_to_page(&page, Err(SettingsRefusal::MalformedForm.into()));
}

/// Redirects the browser to the page that the form names, with the reason of a refusal in the
/// address. As a name rather than a text, because anyone can write an address.
pub(super) fn back_to_page(
    page: &str,
    done: Result<Cow<'static, str>, SettingsError>,
) -> Result<(), Refused> {
    // The only place where a form's `page` is trusted.
    let okta = okta()?;
    let page = okta.local_path(page);
    let page = page.as_deref().unwrap_or(DEFAULT_PATH);
    let (page, _) = page.split_once('#').unwrap_or((page, ""));
    let (address, answer) = match done {
        Ok(more) => match more.strip_prefix('?') {
            Some(more) if page.contains('?') => (format!("{page}&{more}"), Ok(())),
            _ => (format!("{page}{more}"), Ok(())),
        },
        Err(error) => {
            let refusal = error.refusal();
            let address = with_query(page, [("refused", name(refusal).as_str())]);
            (address, Err(Refused(refusal)))
        }
    };
    see_other(&address);
    answer
}

/// Redirects the browser to a page of this app.
pub(crate) fn see_other(address: &str) {
    if let (Some(response), Ok(location)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(address),
    ) {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}

/// The name as in JSON.
fn name(refusal: SettingsRefusal) -> String {
    let name = serde_json::to_value(refusal).ok();
    let name = name.and_then(|name| Some(name.as_str()?.to_owned()));
    name.unwrap_or_default()
}
