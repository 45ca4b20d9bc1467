//! What every room needs of HTTP: pages, problems, addresses, limits, where to go back to.

pub(crate) mod client_address;
pub(crate) mod cookies;
pub(crate) mod limit;
pub(crate) mod onward;
pub(crate) mod page;
pub(crate) mod return_to;

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use url::form_urlencoded;

/// For answers that only this visitor may have, now.
pub(crate) fn no_store(response: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], response).into_response()
}

/// Whether whoever asks reads pages: a person's browser, going from one to the next.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

/// A parameter is there twice (RFC 6749 §3.1: parameters must not be included more than once).
#[derive(Debug)]
pub(crate) struct Repeated(pub(crate) &'static str);

/// The one value of a query parameter.
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
