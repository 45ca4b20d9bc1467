//! `/api/okta/connections/{name}`: the connection.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use okta_types::{CheckReport, ConnectionForm, SettingsRefusal};

use crate::{
    connection::CONNECTION,
    http::no_store,
    okta::Okta,
    settings::{Admin, SettingsError},
};

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

/// `PUT` with a connection form: 200 if it is in use now, 422 if a check failed and nothing
/// changed.
pub(super) async fn connect(
    Path(name): Path<String>,
    admin: Admin,
    Json(form): Json<ConnectionForm>,
) -> Result<Response, SettingsError> {
    known(&name)?;
    Ok(checked(admin.connect(form).await?))
}

/// `POST`: runs the checks again on the connection in use.
pub(super) async fn check(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    known(&name)?;
    Ok(checked(admin.check().await?))
}

/// `DELETE`: disconnects.
pub(super) async fn disconnect(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<StatusCode, SettingsError> {
    known(&name)?;
    admin.disconnect().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// There is only one connection so far.
pub(super) fn known(name: &str) -> Result<(), SettingsRefusal> {
    if name == CONNECTION {
        Ok(())
    } else {
        Err(SettingsRefusal::UnknownConnection)
    }
}

fn checked(report: CheckReport) -> Response {
    let status = if report.passed() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    no_store((status, Json(report)).into_response())
}
