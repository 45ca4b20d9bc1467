//! `/api/okta/connections/{name}/setup-links`: links to send to whoever is to set up a connection.

use axum::{Json, response::Response};
use http::StatusCode;
use okta_types::SetupLinkForm;
use serde::Deserialize;

#[cfg(feature = "openapi")]
use super::description::{IdPath, NamePath};
use super::{body::Body, caller::Caller, path::InPath, problem::ApiError};
use crate::http::no_store;
#[cfg(feature = "openapi")]
use okta_types::{NewSetupLink, SetupLinkSummary};

/// `GET`: those that still work, and those of the last month.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/setup-links",
    tag = "Setup links",
    operation_id = "list_setup_links",
    params(NamePath),
    responses((
        status = 200,
        body = Vec<SetupLinkSummary>,
        description = "Those that still work, and those of the last month"
    ))
))]
pub(super) async fn list(Caller(admin): Caller) -> Result<Response, ApiError> {
    Ok(no_store(Json(admin.setup_links().await?)))
}

/// `POST` with a [`SetupLinkForm`] makes one. Only this response has its address.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/setup-links",
    tag = "Setup links",
    operation_id = "create_setup_link",
    params(NamePath),
    request_body = SetupLinkForm,
    responses((status = 201, body = NewSetupLink, description = "The link, for the only time"))
))]
pub(super) async fn make(
    Caller(admin): Caller,
    Body(form): Body<SetupLinkForm>,
) -> Result<Response, ApiError> {
    let made = admin.make_setup_link(form).await?;
    Ok(no_store((StatusCode::CREATED, Json(made))))
}

#[derive(Deserialize)]
pub(super) struct LinkPath {
    id: String,
}

/// `DELETE /{id}` revokes one.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}/setup-links/{id}",
    tag = "Setup links",
    operation_id = "revoke_setup_link",
    params(NamePath, IdPath),
    responses((status = 204, description = "It no longer works"))
))]
pub(super) async fn revoke(
    Caller(admin): Caller,
    InPath(LinkPath { id }): InPath<LinkPath>,
) -> Result<StatusCode, ApiError> {
    admin.revoke_setup_link(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
