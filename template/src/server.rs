//! The routes that the server answers.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    routing::get,
};
use leptos::prelude::LeptosOptions;
use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};

use crate::app::{App, shell};

/// Apart from `main`, so that tests can sign in a made-up person in place of Okta.
pub fn routes(options: LeptosOptions) -> Router {
    let headers = [(CONTENT_TYPE, "text/css"), (CACHE_CONTROL, "max-age=3600")];
    Router::new()
        .route("/okta.css", get((headers, leptos_okta::STYLE)))
        .leptos_routes(&options, generate_route_list(App), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(file_and_error_handler(shell))
        .with_state(options)
}
