//! `/api/okta/connections/{name}/branding`: how the connection's organization looks.

use axum::{Json, response::Response};
use http::StatusCode;
use okta_types::Branding;

#[cfg(feature = "openapi")]
use super::description::NamePath;
use super::{body::Body, caller::Caller, problem::ApiError};
use crate::http::no_store;

/// `GET`.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/branding",
    tag = "Branding",
    operation_id = "get_branding",
    params(NamePath),
    responses((status = 200, body = Branding, description = "How the organization looks"))
))]
pub(super) async fn show(Caller(admin): Caller) -> Result<Response, ApiError> {
    Ok(no_store(Json(admin.branding().await?)))
}

/// `PUT` replaces all of it.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/api/okta/connections/{name}/branding",
    tag = "Branding",
    operation_id = "put_branding",
    params(NamePath),
    request_body = Branding,
    responses((status = 204, description = "It looks so now"))
))]
pub(super) async fn replace(
    Caller(admin): Caller,
    Body(branding): Body<Branding>,
) -> Result<StatusCode, ApiError> {
    admin.set_branding(branding).await?;
    Ok(StatusCode::NO_CONTENT)
}
