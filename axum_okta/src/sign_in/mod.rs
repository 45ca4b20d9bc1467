//! Signing in: from `/login` to Okta and back to the callback.

pub(crate) mod attempt;
pub(crate) mod callback;
mod choice;
mod error;
mod failure;
mod recheck;
pub(crate) mod selection;
mod start;
pub(crate) mod step_up;
mod trial;

use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};

pub(crate) use error::SignInError;
use failure::Failure;

use crate::{
    http::{
        client_address::{ClientAddress, counted_as},
        reference::Reference,
    },
    okta::Okta,
    telemetry::{self, Limit},
};

/// The routes for signing in.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 4] {
    let paths = &okta.shared().paths;
    let limited = from_fn_with_state(okta.clone(), limit);
    let login = get(start::login).post(start::posted_login);
    let callback = get(callback::callback).post(callback::form_post);
    [
        (&paths.login, login.route_layer(limited.clone())),
        (
            &paths.callback,
            callback.clone().route_layer(limited.clone()),
        ),
        (&paths.callbacks, callback.route_layer(limited)),
        (&paths.test, post(trial::start)),
    ]
}

/// Limits sign-ins per client address before they cost anything.
async fn limit(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    reference: Reference,
    request: Request,
    next: Next,
) -> Response {
    let allowed = match okta.services() {
        Ok(services) => services.sign_ins.allows(&counted_as(address)),
        // If the plugin is closed, the routes respond accordingly.
        Err(_) => true,
    };
    if allowed {
        next.run(request).await
    } else {
        telemetry::rate_limited(Limit::SignIn);
        Failure::new(&okta, reference, SignInError::TooMany, None).into_response()
    }
}
