//! A browser's form that arrived after its session had ended: what was typed isn't lost.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, Request, StatusCode, header};
use okta_types::StepUpNeeded;

use crate::{
    http::{
        accepts_html,
        page::{Link, Page},
    },
    okta::Okta,
};

/// How HTML forms are encoded.
const ENCODINGS: [&str; 3] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
];

/// Whether a browser submitted a form and shows the response as a page.
pub(super) fn is_posted<B>(request: &Request<B>) -> bool {
    if *request.method() != Method::POST {
        return false;
    }
    let headers = request.headers();
    let sent_as = content_type(headers);
    accepts_html(headers) && ENCODINGS.iter().any(|form| sent_as.starts_with(form))
}

/// Replaces a 401 that has no page with one. The page is the response to the form, so reloading it
/// sends the form again, files included, from the browser's own memory: nothing is stored here. An
/// app's own page stays.
///
/// `needed` is what the sign-in of whoever is signed in lacks.
pub(super) fn offer_sign_in(
    okta: &Okta,
    needed: Option<&StepUpNeeded>,
    refused: Response,
) -> Response {
    let has_page = content_type(refused.headers()).starts_with("text/html");
    if refused.status() != StatusCode::UNAUTHORIZED || has_page {
        return refused;
    }
    let (title, address) = match needed {
        Some(needed) => (
            "Confirm that it's you",
            okta.step_up_in_new_tab_path(needed.asked()),
        ),
        None => ("You're not signed in", okta.sign_in_again_path()),
    };
    let why = needed.map_or_else(String::new, |needed| {
        format!("This needs {}. ", needed.asked())
    });
    let mut response = Page {
        status: StatusCode::UNAUTHORIZED,
        title,
        explanation: &format!(
            "{why}Your form wasn't processed, but nothing you typed is lost. Sign in again in a new tab, then come \
             back and reload this page: your browser sends the form again."
        ),
        links: &[Link::to(&address, "Sign in again").in_new_tab()],
        reference: None,
    }
    .into_response();
    if needed.is_some()
        && let Some(challenge) = refused.headers().get(header::WWW_AUTHENTICATE)
    {
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, challenge.clone());
    }
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
