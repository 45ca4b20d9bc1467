//! The script that tells an open page when its session ends: `leptos_okta`'s `<SessionNotice/>`
//! places it. As a file it needs no exception in a content security policy, and is loaded once.

use axum::{
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::header;

use crate::okta::Okta;

const SCRIPT: &str = include_str!("session.js");

pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 1] {
    [(&okta.shared().paths.session_script, get(script))]
}

async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // It changes with the server, but its address stays the same.
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, SCRIPT).into_response()
}
