//! `/api/okta/tokens` and `/api/okta/connections/{name}/tokens`: tokens for programs. No program
//! creates or revokes one.

use axum::{Json, response::Response};
use http::StatusCode;
use okta_types::AdminTokenForm;
use serde::Deserialize;
use serde_json::json;

#[cfg(feature = "openapi")]
use super::description::{IdPath, NamePath, TokenList};
use super::{body::Body, caller::Caller, path::InPath, problem::ApiError};
use crate::http::no_store;
#[cfg(feature = "openapi")]
use okta_types::NewAdminToken;

/// `GET`: lists them, the newest first.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/tokens",
    tag = "Tokens",
    operation_id = "list_tokens",
    params(NamePath),
    responses((status = 200, body = TokenList, description = "The tokens, the newest first"))
))]
pub(super) async fn list(Caller(admin): Caller) -> Result<Response, ApiError> {
    Ok(no_store(Json(json!({ "tokens": admin.tokens().await? }))))
}

/// `POST` with an [`AdminTokenForm`] creates one. The response is the only one with the token.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/tokens",
    tag = "Tokens",
    operation_id = "create_token",
    params(NamePath),
    request_body = AdminTokenForm,
    responses((status = 201, body = NewAdminToken, description = "The token, for the only time"))
))]
pub(super) async fn create(
    Caller(admin): Caller,
    Body(form): Body<AdminTokenForm>,
) -> Result<Response, ApiError> {
    let token = admin.create_token(form).await?;
    Ok(no_store((StatusCode::CREATED, Json(token))))
}

#[derive(Deserialize)]
pub(super) struct TokenPath {
    id: String,
}

/// `DELETE /{id}` revokes one.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}/tokens/{id}",
    tag = "Tokens",
    operation_id = "revoke_token",
    params(NamePath, IdPath),
    responses((status = 204, description = "It no longer works"))
))]
pub(super) async fn revoke(
    Caller(admin): Caller,
    InPath(TokenPath { id }): InPath<TokenPath>,
) -> Result<StatusCode, ApiError> {
    admin.revoke_token(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
