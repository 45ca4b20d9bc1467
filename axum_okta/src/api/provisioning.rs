//! `/api/okta/connections/{name}/provisioning`: the state of provisioning, its tokens and clients, and
//! its log.

use axum::{
    Json,
    extract::{Path, Query},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{body::Body, caller::Caller, problem::ApiError};
use crate::{
    http::no_store,
    settings::{ProvisioningForm, SettingsError},
};

/// `GET`: the state.
pub(super) async fn show(Caller(admin): Caller) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.provisioning().await?)))
}

/// `PUT`: what becomes of the roles and attributes that Okta pushes.
pub(super) async fn replace(
    Caller(admin): Caller,
    Body(form): Body<ProvisioningForm>,
) -> Result<StatusCode, ApiError> {
    admin.set_provisioning(form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /tokens`: creates one, which is in the response only.
pub(super) async fn make_token(Caller(admin): Caller) -> Result<Response, SettingsError> {
    let token = admin.make_scim_token().await?;
    Ok(no_store((StatusCode::CREATED, Json(token))))
}

#[derive(Deserialize)]
pub(super) struct IdPath {
    id: String,
}

/// `DELETE /tokens/{id}`.
pub(super) async fn delete_token(
    Caller(admin): Caller,
    Path(IdPath { id }): Path<IdPath>,
) -> Result<StatusCode, SettingsError> {
    admin.delete_scim_token(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct ClientBody {
    jwks: Value,
}

/// `POST /clients`: registers one by its public keys.
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
pub(super) async fn delete_client(
    Caller(admin): Caller,
    Path(IdPath { id }): Path<IdPath>,
) -> Result<StatusCode, SettingsError> {
    admin.delete_scim_client(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct Requests {
    before: Option<String>,
    #[serde(default)]
    refused: bool,
}

/// `GET /requests?before=PLACE&refused=true`: a page of the log, the newest first.
pub(super) async fn requests(
    Caller(admin): Caller,
    Query(asked): Query<Requests>,
) -> Result<Response, SettingsError> {
    let page = admin.scim_requests(asked.before.as_deref(), asked.refused);
    Ok(no_store(Json(page.await?)))
}
