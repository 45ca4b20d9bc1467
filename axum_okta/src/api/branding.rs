//! `/api/okta/connections/{name}/branding`: how the connection's organization looks.

use axum::{Json, extract::Path, response::Response};
use http::StatusCode;
use okta_types::Branding;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

/// `GET`.
pub(super) async fn show(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(no_store(Json(admin.branding().await?)))
}

/// `PUT` replaces all of it.
pub(super) async fn replace(
    Path(name): Path<String>,
    admin: Admin,
    Json(branding): Json<Branding>,
) -> Result<StatusCode, SettingsError> {
    admin.for_connection(&name)?.set_branding(branding).await?;
    Ok(StatusCode::NO_CONTENT)
}
