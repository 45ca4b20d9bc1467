//! `/api/okta/roles`, the role table, and `/api/okta/connections/{name}/roles`, that of a
//! connection.

use axum::{Json, extract::Path, response::Response};
use http::{HeaderMap, StatusCode, header};
use okta_types::RoleTable;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

pub(super) async fn show_of(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    Ok(show(admin.for_connection(&name)?).await)
}

/// `GET`: the table, and its version as `ETag` (RFC 9110 §8.8.3).
pub(super) async fn show(admin: Admin) -> Response {
    let version = format!("\"{}\"", admin.roles_version());
    let etag = [(header::ETAG, version)];
    no_store((etag, Json(admin.roles())))
}

pub(super) async fn replace_of(
    Path(name): Path<String>,
    admin: Admin,
    headers: HeaderMap,
    table: Json<RoleTable>,
) -> Result<StatusCode, SettingsError> {
    replace(admin.for_connection(&name)?, headers, table).await
}

/// `PUT`: replaces the table. With `If-Match`, only if that version is in use.
pub(super) async fn replace(
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
