//! `/api/okta/sessions`: who is signed in.

use axum::{Json, response::Response};
use http::StatusCode;
use okta_types::{SessionQuery, SettingsRefusal};
use serde::Deserialize;
use serde_json::json;

#[cfg(feature = "openapi")]
use super::description::{EndedBody, IdPath};
use super::{body::Body, caller::Caller, path::InPath, problem::ApiError, query::InQuery};
use crate::http::no_store;
#[cfg(feature = "openapi")]
use okta_types::SessionPage;

/// `GET ?person=TEXT&before=PLACE`: a page of them, the newest first.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/sessions",
    tag = "Sessions",
    operation_id = "list_sessions",
    params(SessionQuery),
    responses((
        status = 200,
        body = SessionPage,
        description = "Who is signed in, the newest first"
    ))
))]
pub(super) async fn list(
    Caller(admin): Caller,
    InQuery(query): InQuery<SessionQuery>,
) -> Result<Response, ApiError> {
    Ok(no_store(Json(admin.sessions(&query).await?)))
}

/// Whose sessions end: a person's, by both names, or everybody's. A request that says neither, or
/// both, ends nobody's.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    issuer: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    everybody: bool,
}

/// `DELETE` with `{"issuer", "subject"}` ends a person's sessions, and with `{"everybody": true}`
/// everybody's. Says how many there were.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/sessions",
    tag = "Sessions",
    operation_id = "end_sessions",
    request_body = Ending,
    responses((status = 200, body = EndedBody, description = "How many ended"))
))]
pub(super) async fn end_together(
    Caller(admin): Caller,
    Body(ending): Body<Ending>,
) -> Result<Response, ApiError> {
    let ended = match ending {
        Ending {
            issuer: Some(issuer),
            subject: Some(subject),
            everybody: false,
        } => admin.end_sessions_of(&issuer, &subject).await?,
        Ending {
            issuer: None,
            subject: None,
            everybody: true,
        } => admin.end_all_sessions().await?,
        _ => return Err(SettingsRefusal::MalformedForm.into()),
    };
    Ok(no_store(Json(json!({ "ended": ended }))))
}

/// `DELETE /{id}` ends one.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/sessions/{id}",
    tag = "Sessions",
    operation_id = "end_session",
    params(IdPath),
    responses((status = 204, description = "It has ended"))
))]
pub(super) async fn end(
    Caller(admin): Caller,
    InPath(id): InPath<String>,
) -> Result<StatusCode, ApiError> {
    admin.end_session(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
