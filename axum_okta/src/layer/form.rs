//! A browser's form that came when nobody was signed in any more: what was typed is not lost.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, Request, StatusCode, header};

use crate::{
    http::{
        accepts_html,
        page::{Link, Page},
    },
    okta::Okta,
};

/// As HTML has forms sent.
const ENCODINGS: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

/// Whether a browser goes from a form to the page that answers it.
pub(super) fn is_posted<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let sent_as = content_type(headers);
    *request.method() == Method::POST
        && accepts_html(headers)
        && ENCODINGS.iter().any(|form| sent_as.starts_with(form))
}

/// Puts a page in the place of a 401 that a browser could only show as it is. The page is the answer
/// to the form, so loading it again sends the form again, from the browser's own memory: nothing is
/// stored here, and files come along. A page of the host's own stays.
pub(super) fn offer_sign_in(okta: &Okta, refused: Response) -> Response {
    let has_page = content_type(refused.headers()).starts_with("text/html");
    if refused.status() != StatusCode::UNAUTHORIZED || has_page {
        return refused;
    }
    let mut response = Page {
        status: StatusCode::UNAUTHORIZED,
        title: "You're not signed in",
        explanation: "Your form was not accepted, but nothing you typed is lost. Sign in in a new tab. Then come back \
                      to this page and reload it: your browser sends the form again.",
        links: &[Link::to(&okta.sign_in_again_path(), "Sign in again").in_new_tab()],
        reference: None,
    }
    .into_response();
    for cookie in refused.headers().get_all(header::SET_COOKIE) {
        let headers = response.headers_mut();
        headers.append(header::SET_COOKIE, cookie.clone());
    }
    response
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
