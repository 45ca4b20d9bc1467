//! A request whose session could not be read: nobody knows who it is. Signing in wouldn't help, and
//! the session isn't lost.

use axum::response::{IntoResponse, Response};
use http::{Method, Request, StatusCode};
use okta_types::Problem;

use super::privacy::is_to_sign_in;
use crate::{
    http::{
        accepts_html,
        page::{Link, Page},
    },
    okta::Okta,
};

const TITLE: &str = "We can't check your sign-in right now";
const EXPLANATION: &str =
    "This app can't reach its database. You're still signed in: try again in a moment.";

/// Whether the answer would be a page.
pub(super) fn wants_page<B>(request: &Request<B>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::POST)
        && accepts_html(request.headers())
}

/// Replaces a response that asks for a sign-in.
pub(super) fn instead_of_sign_in(okta: &Okta, wants_page: bool, response: Response) -> Response {
    let asks = response.status() == StatusCode::UNAUTHORIZED
        || is_to_sign_in(okta.login_path(), &response);
    if !asks {
        return response;
    }
    let status = StatusCode::SERVICE_UNAVAILABLE;
    if !wants_page {
        return Problem::new(status, TITLE, EXPLANATION).into_response();
    }
    Page {
        status,
        title: TITLE,
        explanation: EXPLANATION,
        links: &[Link::HOME],
        reference: None,
    }
    .into_response()
}
