//! HTTP that the other modules share: pages, problems, addresses, limits, and where to go back to.

pub(crate) mod bearer;
pub(crate) mod client_address;
pub(crate) mod cookies;
pub(crate) mod limit;
pub(crate) mod onward;
pub(crate) mod page;
pub(crate) mod reference;
pub(crate) mod return_to;

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use url::form_urlencoded;

/// For responses that only this visitor may see.
pub(crate) fn no_store(response: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], response).into_response()
}

/// For responses to what may work later (RFC 9110 §10.2.3).
pub(crate) fn retry_later(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    response
}

/// Whether the client reads pages: a person's browser, navigating.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

/// Whether a body is JSON, as its content type says.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        let essence = essence.to_ascii_lowercase();
        essence == "application/json"
            || (essence.starts_with("application/") && essence.ends_with("+json"))
    })
}

/// A parameter was sent more than once, which RFC 6749 §3.1 forbids.
#[derive(Debug)]
pub(crate) struct Repeated(pub(crate) &'static str);

/// Returns the value of a query parameter.
pub(crate) fn only<'q>(
    query: &'q str,
    name: &'static str,
) -> Result<Option<Cow<'q, str>>, Repeated> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let value = values.next().map(|(_, value)| value);
    match values.next() {
        Some(_) => Err(Repeated(name)),
        None => Ok(value),
    }
}
