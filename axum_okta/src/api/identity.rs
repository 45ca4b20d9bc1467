//! `GET /api/identity`: who is signed in, as JSON; 401 when nobody is.

use axum::{Json, response::Response};
use okta_types::Identity;

use crate::http::no_store;

pub(super) async fn show(identity: Identity) -> Response {
    no_store(Json(identity))
}
