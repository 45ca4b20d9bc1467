//! `/api/okta/connections/{name}/setup-links`: links to send to whoever is to set up a connection.

use axum::{Json, extract::Path, response::Response};
use http::StatusCode;
use okta_types::SetupLinkForm;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

/// `GET`: those that still work, and those of the last month.
pub(super) async fn list(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(no_store(Json(admin.setup_links().await?)))
}

/// `POST` with a [`SetupLinkForm`] makes one. Only this response has its address.
pub(super) async fn make(
    Path(name): Path<String>,
    admin: Admin,
    Json(form): Json<SetupLinkForm>,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    let made = admin.make_setup_link(form).await?;
    Ok(no_store((StatusCode::CREATED, Json(made))))
}

/// `DELETE /{id}` revokes one.
pub(super) async fn revoke(
    Path((name, id)): Path<(String, String)>,
    admin: Admin,
) -> Result<StatusCode, SettingsError> {
    let admin = admin.for_connection(&name)?;
    admin.revoke_setup_link(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
