//! `/api/identity/sessions`: the sessions of whoever is signed in.

use axum::{Json, extract::Path, response::Response};
use http::StatusCode;
use serde_json::json;

use crate::{
    http::no_store,
    session::{OwnSessions, SessionsError},
};

/// `GET`: lists them, the newest first.
pub(super) async fn list(own: OwnSessions) -> Result<Response, SessionsError> {
    Ok(no_store(Json(json!({ "sessions": own.list().await? }))))
}

/// `DELETE` ends all but the one of this request. Says how many there were.
pub(super) async fn end_others(own: OwnSessions) -> Result<Response, SessionsError> {
    Ok(no_store(Json(json!({ "ended": own.end_others().await? }))))
}

/// `DELETE /{id}` ends one.
pub(super) async fn end(
    own: OwnSessions,
    Path(id): Path<String>,
) -> Result<StatusCode, SessionsError> {
    own.end(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
