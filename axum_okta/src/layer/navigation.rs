//! A page that a person's browser opens, rather than a part of one.

use http::{HeaderMap, Method, Request};

use crate::http::accepts_html;

/// Whether a redirect to Okta and back would go unnoticed. Over plain http, and in old browsers, no
/// Fetch metadata says what the response is for.
pub(super) fn is_navigation<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    *request.method() == Method::GET
        && accepts_html(headers)
        && says(headers, "sec-fetch-mode", "navigate")
        && says(headers, "sec-fetch-dest", "document")
        // Fetched before anybody asked for it.
        && !headers.contains_key("sec-purpose")
}

fn says(headers: &HeaderMap, name: &str, expected: &str) -> bool {
    headers.get(name).is_none_or(|value| value == expected)
}
