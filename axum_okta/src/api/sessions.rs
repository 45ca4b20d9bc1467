//! `/api/okta/sessions`: who is signed in.

use axum::{
    Json,
    extract::{Path, Query},
    response::Response,
};
use http::StatusCode;
use okta_types::{SessionQuery, SettingsRefusal};
use serde::Deserialize;
use serde_json::json;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

/// `GET ?person=TEXT&before=PLACE`: a page of them, the newest first.
pub(super) async fn list(
    admin: Admin,
    Query(query): Query<SessionQuery>,
) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.sessions(&query).await?)))
}

/// Whose sessions end: a person's, by both names, or everybody's. A request that says neither, or
/// both, ends nobody's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    issuer: Option<String>,
    subject: Option<String>,
    #[serde(default)]
    everybody: bool,
}

/// `DELETE` with `{"issuer", "subject"}` ends a person's sessions, and with `{"everybody": true}`
/// everybody's. Says how many there were.
pub(super) async fn end_together(
    admin: Admin,
    Json(ending): Json<Ending>,
) -> Result<Response, SettingsError> {
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
pub(super) async fn end(admin: Admin, Path(id): Path<String>) -> Result<StatusCode, SettingsError> {
    admin.end_session(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
