//! `/api/okta/admins`, the named admins, and `/api/okta/connections/{name}/admins`, those of a
//! connection.

use axum::{Json, extract::Path, response::Response};
use http::StatusCode;
use serde::Deserialize;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

/// `GET`: lists them.
pub(super) async fn list(admin: Admin) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.admins().await?)))
}

pub(super) async fn list_of(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    list(admin.for_connection(&name)?).await
}

#[derive(Deserialize)]
pub(super) struct AdminKey {
    issuer: String,
    subject: String,
}

/// `DELETE` with an admin's key removes that admin.
pub(super) async fn remove(
    admin: Admin,
    Json(key): Json<AdminKey>,
) -> Result<StatusCode, SettingsError> {
    admin.remove_admin(&key.issuer, &key.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_of(
    Path(name): Path<String>,
    admin: Admin,
    key: Json<AdminKey>,
) -> Result<StatusCode, SettingsError> {
    remove(admin.for_connection(&name)?, key).await
}
