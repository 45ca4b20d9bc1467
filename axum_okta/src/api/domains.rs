//! `/api/okta/connections/{name}/domains`: the e-mail domains that lead to a connection.

use axum::{Json, extract::Path, response::Response};
use http::StatusCode;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

/// `GET`: those that it claims.
pub(super) async fn list(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(no_store(Json(admin.domains().await?)))
}

/// `PUT /{domain}` claims one. Returns it with the record that proves whose it is.
pub(super) async fn claim(
    Path((name, domain)): Path<(String, String)>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(no_store(Json(admin.claim_domain(&domain).await?)))
}

/// `POST /{domain}` declares that it is the connection's, without asking the DNS.
pub(super) async fn verify(
    Path((name, domain)): Path<(String, String)>,
    admin: Admin,
) -> Result<StatusCode, SettingsError> {
    let admin = admin.for_connection(&name)?;
    admin.verify_domain(&domain).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /{domain}`.
pub(super) async fn remove(
    Path((name, domain)): Path<(String, String)>,
    admin: Admin,
) -> Result<StatusCode, SettingsError> {
    let admin = admin.for_connection(&name)?;
    admin.remove_domain(&domain).await?;
    Ok(StatusCode::NO_CONTENT)
}
