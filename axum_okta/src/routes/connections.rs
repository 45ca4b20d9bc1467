//! `/api/okta/…`: the settings for programs. Every route but the setup code's needs an [`Admin`].

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use okta_types::{AuditQuery, CheckReport, ConnectionForm, RoleTable, SettingsRefusal};
use serde::Deserialize;

use super::{export, no_store};
use crate::{Admin, Okta, Visitor, connection::CONNECTION, error::SettingsError};

#[derive(Deserialize)]
pub(super) struct SetupCodeForm {
    setup: String,
}

/// `POST /api/okta/setup` with `{"setup": "CODE"}` opens the settings for this session.
pub(super) async fn enter_setup_code(
    visitor: Visitor,
    Json(form): Json<SetupCodeForm>,
) -> Result<StatusCode, SettingsError> {
    visitor.enter_setup_code(&form.setup).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET`: the connection, without its secret.
pub(super) async fn show(
    State(okta): State<Okta>,
    Path(name): Path<String>,
    _: Admin,
) -> Result<Response, SettingsError> {
    known(&name)?;
    let connection = okta.connection().ok_or(SettingsRefusal::NotConnected)?;
    Ok(no_store(Json(connection)))
}

/// `PUT` of a connection form: 200 when it is in use now, 422 when a check failed and nothing changed.
pub(super) async fn connect(
    Path(name): Path<String>,
    admin: Admin,
    Json(form): Json<ConnectionForm>,
) -> Result<Response, SettingsError> {
    known(&name)?;
    Ok(answer(admin.connect(form).await?))
}

/// `POST` runs the checks again on the connection in use.
pub(super) async fn check(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    known(&name)?;
    Ok(answer(admin.check().await?))
}

/// `DELETE` disconnects.
pub(super) async fn disconnect(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<StatusCode, SettingsError> {
    known(&name)?;
    admin.disconnect().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct AuditParameters {
    #[serde(flatten)]
    query: AuditQuery,
    format: Option<export::Format>,
}

/// `GET /api/okta/audit?event=EVENT&person=NAME&before=PLACE`: the audit trail, newest first, a page at a time; with
/// `format` all of it, as a download.
pub(super) async fn audit(
    State(okta): State<Okta>,
    admin: Admin,
    Query(AuditParameters { query, format }): Query<AuditParameters>,
) -> Result<Response, SettingsError> {
    Ok(match format {
        None => no_store(Json(admin.audit(&query).await?)),
        Some(format) => no_store(export::download(okta, query, format)),
    })
}

/// `GET /api/okta/roles`: the role table, and its version as `ETag` (RFC 9110 §8.8.3).
pub(super) async fn roles(admin: Admin) -> Result<Response, SettingsError> {
    let version = format!("\"{}\"", admin.roles_version()?);
    let etag = [(header::ETAG, version)];
    Ok(no_store((etag, Json(admin.roles()?))))
}

/// `PUT` of a role table replaces it; with `If-Match` only the version that it names.
pub(super) async fn set_roles(
    admin: Admin,
    headers: HeaderMap,
    Json(table): Json<RoleTable>,
) -> Result<StatusCode, SettingsError> {
    let version = headers
        .get(header::IF_MATCH)
        .and_then(|version| version.to_str().ok())
        .map(|version| version.trim_matches('"'));
    admin.set_roles(table, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/okta/admins`: who is admin by name.
pub(super) async fn admins(admin: Admin) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.admins().await?)))
}

#[derive(Deserialize)]
pub(super) struct AdminKey {
    issuer: String,
    subject: String,
}

/// `DELETE` with the key of an admin by name takes their right.
pub(super) async fn remove_admin(
    admin: Admin,
    Json(key): Json<AdminKey>,
) -> Result<StatusCode, SettingsError> {
    admin.remove_admin(&key.issuer, &key.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// There is one connection so far.
pub(super) fn known(name: &str) -> Result<(), SettingsError> {
    if name == CONNECTION {
        Ok(())
    } else {
        Err(SettingsRefusal::UnknownConnection.into())
    }
}

fn answer(report: CheckReport) -> Response {
    let status = if report.passed() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    no_store((status, Json(report)).into_response())
}
