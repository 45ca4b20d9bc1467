//! `/api/okta/roles`, the role table, and `/api/okta/connections/{name}/roles`, that of a
//! connection.

use axum::{Json, response::Response};
use http::{HeaderMap, StatusCode, header};
use okta_types::RoleTable;

#[cfg(feature = "openapi")]
use super::description::{Conditions, NamePath, Once};
use super::{body::Body, caller::Caller, problem::ApiError};
use crate::http::no_store;

/// `GET`: the table, and its version as `ETag` (RFC 9110 §8.8.3).
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/roles",
    tag = "Roles",
    operation_id = "get_roles",
    params(NamePath),
    responses((
        status = 200,
        body = RoleTable,
        description = "The role table, and its version as ETag"
    ))
))]
pub(super) async fn show(Caller(admin): Caller) -> Response {
    let version = format!("\"{}\"", admin.roles_version());
    let etag = [(header::ETAG, version)];
    no_store((etag, Json(admin.roles())))
}

/// `PUT`: replaces the table. With `If-Match`, only if that version is in use.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/api/okta/connections/{name}/roles",
    tag = "Roles",
    operation_id = "put_roles",
    params(NamePath, Conditions, Once),
    request_body = RoleTable,
    responses((status = 204, description = "It is in use now"))
))]
pub(super) async fn replace(
    Caller(admin): Caller,
    headers: HeaderMap,
    Body(table): Body<RoleTable>,
) -> Result<StatusCode, ApiError> {
    let version = headers
        .get(header::IF_MATCH)
        .and_then(|version| version.to_str().ok())
        .map(|version| version.trim_matches('"'));
    admin.set_roles(table, version).await?;
    Ok(StatusCode::NO_CONTENT)
}
