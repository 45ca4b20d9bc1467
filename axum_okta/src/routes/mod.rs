//! The routes that the layer answers by itself: one file each.

pub(crate) mod callback;
mod connections;
mod failure;
mod identity;
mod limit;
mod login;
mod logout;

use std::borrow::Cow;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use http::header;
use url::form_urlencoded;

use crate::{Okta, error::SignInError};

pub(crate) use login::BROWSER_COOKIE;

/// The largest of our requests is a connection form.
const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(okta: Okta) -> Router {
    let paths = &okta.shared().paths;
    let sign_in = Router::new()
        .route(&paths.login, get(login::login))
        .route(
            &paths.callback,
            get(callback::callback).post(callback::form_post),
        )
        .route_layer(from_fn_with_state(okta.clone(), limit::sign_ins));
    sign_in
        .route(&paths.logout, post(logout::logout))
        .route(&paths.identity, get(identity::identity))
        .route(&paths.setup, post(connections::enter_setup_code))
        .route(
            &paths.connection,
            get(connections::show)
                .put(connections::connect)
                .delete(connections::disconnect)
                .post(connections::check),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(okta)
}

/// Whether the layer answers this path itself.
pub(crate) fn is_ours(okta: &Okta, path: &str) -> bool {
    let paths = &okta.shared().paths;
    [
        &paths.login,
        &paths.callback,
        &paths.logout,
        &paths.identity,
        &paths.setup,
    ]
    .iter()
    .any(|ours| *ours == path)
        || path.starts_with(&paths.connections)
}

/// For answers that only this visitor may have, now.
fn no_store(response: impl IntoResponse) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], response).into_response()
}

/// RFC 6749 §3.1: parameters must not be included more than once.
fn only<'q>(query: &'q str, name: &'static str) -> Result<Option<Cow<'q, str>>, SignInError> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let value = values.next().map(|(_, value)| value);
    if values.next().is_some() {
        return Err(SignInError::RepeatedParameter(name));
    }
    Ok(value)
}
