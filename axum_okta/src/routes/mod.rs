//! The routes that the layer answers by itself: one file each.

pub(crate) mod callback;
mod connections;
mod export;
mod failure;
mod identity;
mod limit;
mod login;
mod logout;
mod test;

use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};

use http::header;
use url::form_urlencoded;

use crate::{Okta, error::SignInError, okta::Paths};

pub(crate) use login::BROWSER_COOKIE;

/// The largest of our requests is a connection form.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The routes of one app.
#[derive(Clone)]
pub(crate) struct Routes {
    router: Router,
    /// The same paths, to know before a request is given away whether it is for us.
    paths: Arc<matchit::Router<()>>,
}

impl Routes {
    pub(crate) fn new(okta: &Okta) -> Self {
        let mut router = Router::new();
        let mut paths = matchit::Router::new();
        for (path, methods) in all(okta) {
            router = router.route(path, methods);
            if let Err(error) = paths.insert(path, ()) {
                tracing::error!(path, %error, "a route of ours is there twice");
            }
        }
        Self {
            router: router
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
                .with_state(okta.clone()),
            paths: Arc::new(paths),
        }
    }

    /// What answers this path, if it is one of ours.
    pub(crate) fn answering(&self, path: &str) -> Option<Router> {
        self.paths.at(path).is_ok().then(|| self.router.clone())
    }
}

fn all(okta: &Okta) -> [(&str, MethodRouter<Okta>); 10] {
    let Paths {
        login,
        callback,
        logout,
        identity,
        setup,
        audit,
        roles,
        admins,
        connection,
        test,
    } = &okta.shared().paths;
    let limited = from_fn_with_state(okta.clone(), limit::sign_ins);
    [
        (login, get(login::login).route_layer(limited.clone())),
        (
            callback,
            get(callback::callback)
                .post(callback::form_post)
                .route_layer(limited),
        ),
        (logout, post(logout::logout)),
        (identity, get(identity::identity)),
        (setup, post(connections::enter_setup_code)),
        (audit, get(connections::audit)),
        (roles, get(connections::roles).put(connections::set_roles)),
        (
            admins,
            get(connections::admins).delete(connections::remove_admin),
        ),
        (
            connection,
            get(connections::show)
                .put(connections::connect)
                .delete(connections::disconnect)
                .post(connections::check),
        ),
        (test, post(test::test)),
    ]
    .map(|(path, methods)| (path.as_str(), methods))
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
