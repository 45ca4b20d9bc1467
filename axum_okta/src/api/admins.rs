//! `/api/okta/admins`, the named admins, and `/api/okta/connections/{name}/admins`, those of a
//! connection.

use axum::{Json, response::Response};
use http::StatusCode;
use serde::Deserialize;

#[cfg(feature = "openapi")]
use super::description::NamePath;
use super::{body::Body, caller::Caller, problem::ApiError};
use crate::http::no_store;
#[cfg(feature = "openapi")]
use okta_types::AdminSummary;

/// `GET`: lists them.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/admins",
    tag = "Admins",
    operation_id = "list_admins",
    params(NamePath),
    responses((status = 200, body = Vec<AdminSummary>, description = "The named admins"))
))]
pub(super) async fn list(Caller(admin): Caller) -> Result<Response, ApiError> {
    Ok(no_store(Json(admin.admins().await?)))
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(super) struct AdminKey {
    issuer: String,
    subject: String,
}

/// `DELETE` with an admin's key removes that admin.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}/admins",
    tag = "Admins",
    operation_id = "remove_admin",
    params(NamePath),
    request_body = AdminKey,
    responses((status = 204, description = "They are no longer named"))
))]
pub(super) async fn remove(
    Caller(admin): Caller,
    Body(key): Body<AdminKey>,
) -> Result<StatusCode, ApiError> {
    admin.remove_admin(&key.issuer, &key.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}
