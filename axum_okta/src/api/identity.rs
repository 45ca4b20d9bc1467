//! `GET /api/identity`: who is signed in, as JSON; 401 when nobody is.

use axum::{Json, response::Response};
use okta_types::Identity;

use crate::http::no_store;

#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/identity",
    tag = "Identity",
    operation_id = "get_identity",
    security(("session" = [])),
    responses((status = 200, body = okta_types::Profile, description = "Who is signed in"))
))]
pub(super) async fn show(identity: Identity) -> Response {
    no_store(Json(identity))
}
