//! `/api/identity/sessions`: the sessions of whoever is signed in.

use axum::{Json, response::Response};
use http::StatusCode;
use serde_json::json;

#[cfg(feature = "openapi")]
use super::description::{EndedBody, IdPath, OwnSessionList};
use super::path::InPath;
use crate::{
    http::no_store,
    session::{OwnSessions, SessionsError},
};

/// `GET`: lists them, the newest first.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/identity/sessions",
    tag = "Own sessions",
    operation_id = "list_own_sessions",
    security(("session" = [])),
    responses((status = 200, body = OwnSessionList, description = "Where this person is signed in"))
))]
pub(super) async fn list(own: OwnSessions) -> Result<Response, SessionsError> {
    Ok(no_store(Json(json!({ "sessions": own.list().await? }))))
}

/// `DELETE` ends all but the one of this request. Says how many there were.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/identity/sessions",
    tag = "Own sessions",
    operation_id = "end_other_sessions",
    security(("session" = [])),
    responses((status = 200, body = EndedBody, description = "How many ended"))
))]
pub(super) async fn end_others(own: OwnSessions) -> Result<Response, SessionsError> {
    Ok(no_store(Json(json!({ "ended": own.end_others().await? }))))
}

/// `DELETE /{id}` ends one.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/identity/sessions/{id}",
    tag = "Own sessions",
    operation_id = "end_own_session",
    security(("session" = [])),
    params(IdPath),
    responses((status = 204, description = "It has ended"))
))]
pub(super) async fn end(
    own: OwnSessions,
    InPath(id): InPath<String>,
) -> Result<StatusCode, SessionsError> {
    own.end(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
