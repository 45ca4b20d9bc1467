//! Limits sign-ins per client address, before they cost anything.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::failure::Failure;
use crate::{
    Okta,
    client_address::{ClientAddress, counted_as},
    error::SignInError,
};

pub(super) async fn sign_ins(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    request: Request,
    next: Next,
) -> Response {
    let allowed = match okta.open() {
        Ok(open) => open.sign_ins.allows(&counted_as(address)),
        // Closed: the routes say so themselves.
        Err(_) => true,
    };
    if allowed {
        next.run(request).await
    } else {
        Failure::new(&okta, SignInError::TooMany, None).into_response()
    }
}
