//! `/api/okta/admins`: the named admins.

use axum::{Json, response::Response};
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
