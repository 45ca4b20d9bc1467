//! `/api/okta/connections/{name}/provisioning`: the state of provisioning, its tokens and clients, and
//! its log.

use axum::{Json, response::Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

#[cfg(feature = "openapi")]
use super::description::{ClientKeysBody, IdPath, NamePath};
use super::{body::Body, caller::Caller, path::InPath, problem::ApiError, query::InQuery};
use crate::{
    http::no_store,
    settings::{ProvisioningForm, SettingsError},
};
#[cfg(feature = "openapi")]
use okta_types::{NewScimToken, Provisioning, ScimClientSummary, ScimRequestPage};

/// `GET`: the state.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/provisioning",
    tag = "Provisioning",
    operation_id = "get_provisioning",
    params(NamePath),
    responses((status = 200, body = Provisioning, description = "The state of provisioning"))
))]
pub(super) async fn show(Caller(admin): Caller) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.provisioning().await?)))
}

/// `PUT`: what becomes of the roles and attributes that Okta pushes.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/api/okta/connections/{name}/provisioning",
    tag = "Provisioning",
    operation_id = "put_provisioning",
    params(NamePath),
    request_body = ProvisioningForm,
    responses((status = 204, description = "It is in use now"))
))]
pub(super) async fn replace(
    Caller(admin): Caller,
    Body(form): Body<ProvisioningForm>,
) -> Result<StatusCode, ApiError> {
    admin.set_provisioning(form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /tokens`: creates one, which is in the response only.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/provisioning/tokens",
    tag = "Provisioning",
    operation_id = "create_provisioning_token",
    params(NamePath),
    responses((status = 201, body = NewScimToken, description = "The token, for the only time"))
))]
pub(super) async fn make_token(Caller(admin): Caller) -> Result<Response, SettingsError> {
    let token = admin.make_scim_token().await?;
    Ok(no_store((StatusCode::CREATED, Json(token))))
}

#[derive(Deserialize)]
pub(super) struct ById {
    id: String,
}

/// `DELETE /tokens/{id}`.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}/provisioning/tokens/{id}",
    tag = "Provisioning",
    operation_id = "delete_provisioning_token",
    params(NamePath, IdPath),
    responses((status = 204, description = "It no longer works"))
))]
pub(super) async fn delete_token(
    Caller(admin): Caller,
    InPath(ById { id }): InPath<ById>,
) -> Result<StatusCode, SettingsError> {
    admin.delete_scim_token(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct ClientBody {
    jwks: Value,
}

/// `POST /clients`: registers one by its public keys.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/provisioning/clients",
    tag = "Provisioning",
    operation_id = "create_provisioning_client",
    params(NamePath),
    request_body = ClientKeysBody,
    responses((status = 201, body = ScimClientSummary, description = "The client"))
))]
pub(super) async fn make_client(
    Caller(admin): Caller,
    Body(ClientBody { jwks }): Body<ClientBody>,
) -> Result<Response, ApiError> {
    let keys = match jwks {
        Value::String(text) => text,
        jwks => jwks.to_string(),
    };
    let client = admin.make_scim_client(&keys).await?;
    Ok(no_store((StatusCode::CREATED, Json(client))))
}

/// `DELETE /clients/{id}`.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}/provisioning/clients/{id}",
    tag = "Provisioning",
    operation_id = "delete_provisioning_client",
    params(NamePath, IdPath),
    responses((status = 204, description = "It gets no more tokens"))
))]
pub(super) async fn delete_client(
    Caller(admin): Caller,
    InPath(ById { id }): InPath<ById>,
) -> Result<StatusCode, SettingsError> {
    admin.delete_scim_client(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub(super) struct Requests {
    /// Only requests older than this position: the `next` of a page.
    before: Option<String>,
    /// Only requests that were refused. Default: `false`.
    #[serde(default)]
    refused: bool,
}

/// `GET /requests?before=PLACE&refused=true`: a page of the log, the newest first.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/provisioning/requests",
    tag = "Provisioning",
    operation_id = "list_provisioning_requests",
    params(NamePath, Requests),
    responses((
        status = 200,
        body = ScimRequestPage,
        description = "What Okta sent, the newest first"
    ))
))]
pub(super) async fn requests(
    Caller(admin): Caller,
    InQuery(asked): InQuery<Requests>,
) -> Result<Response, SettingsError> {
    let page = admin.scim_requests(asked.before.as_deref(), asked.refused);
    Ok(no_store(Json(page.await?)))
}
