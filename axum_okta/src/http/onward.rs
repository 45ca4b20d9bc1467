//! What follows a posted form when the next page is at Okta.

use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    accepts_html, no_store,
    page::{Link, Page},
};

/// Sends the sender of a form to another address.
///
/// Browsers apply the `form-action` of the form's page to redirects as well (Content Security Policy
/// 3 §6.4.1.1), so with `form-action 'self'` they would never reach Okta. They get a page that
/// refreshes to the address, which is a navigation of its own. Programs have no such policy and
/// don't follow a refresh: they get the redirect.
pub(crate) fn onward(headers: &HeaderMap, to: &str, title: &str) -> Response {
    if !accepts_html(headers) {
        return no_store(Redirect::to(to));
    }
    let mut response = Page {
        status: StatusCode::OK,
        title,
        explanation: "You'll be redirected in a moment. If nothing happens, use the link.",
        links: &[Link::to(to, "Continue")],
        reference: None,
    }
    .into_response();
    if let Ok(refresh) = HeaderValue::from_str(&format!("0;url={to}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}
