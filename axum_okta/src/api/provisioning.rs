//! `/api/okta/connections/{name}/provisioning`: the state of provisioning, its tokens, and its log.

use axum::{
    Json,
    extract::{Path, Query},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;

use super::caller::Caller;
use crate::{http::no_store, settings::SettingsError};

/// `GET`: the state.
pub(super) async fn show(Caller(admin): Caller) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.provisioning().await?)))
}

/// `POST /tokens`: creates one, which is in the response only.
pub(super) async fn make_token(Caller(admin): Caller) -> Result<Response, SettingsError> {
    let token = admin.make_scim_token().await?;
    Ok(no_store((StatusCode::CREATED, Json(token))))
}

#[derive(Deserialize)]
pub(super) struct TokenPath {
    id: String,
}

/// `DELETE /tokens/{id}`.
pub(super) async fn delete_token(
    Caller(admin): Caller,
    Path(TokenPath { id }): Path<TokenPath>,
) -> Result<StatusCode, SettingsError> {
    admin.delete_scim_token(&id).await?;
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
