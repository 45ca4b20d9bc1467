//! The way on after a form was posted, when it leads to Okta.

use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    accepts_html, no_store,
    page::{Link, Page},
};

/// Sends on whoever posted a form.
///
/// Browsers hold redirects of a form against the `form-action` of the page that it was on (Content
/// Security Policy 3 §6.4.1.1), so with `form-action 'self'` they never get to Okta. They get a page
/// that goes on by itself, which is a navigation of its own. Programs, which have no such policy
/// and do not go on by themselves, get the redirect.
pub(crate) fn onward(headers: &HeaderMap, to: &str, title: &str) -> Response {
    if !accepts_html(headers) {
        return no_store(Redirect::to(to));
    }
    let mut response = Page {
        status: StatusCode::OK,
        title,
        explanation: "Your browser goes on by itself in a moment. If it doesn't, follow the link.",
        links: &[Link::to(to, "Continue")],
        reference: None,
    }
    .into_response();
    if let Ok(refresh) = HeaderValue::from_str(&format!("0;url={to}")) {
        response.headers_mut().insert(header::REFRESH, refresh);
    }
    response
}
