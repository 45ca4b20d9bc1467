//! `/api/okta/connections`, and `/api/okta/connections/{name}` of each.

use axum::{
    Json,
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use okta_types::{CheckReport, ConnectionChange, ConnectionForm, ConnectionQuery};

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

/// `GET ?search=TEXT&after=NAME`: a page of them.
pub(super) async fn list(admin: Admin, Query(query): Query<ConnectionQuery>) -> Response {
    no_store(Json(admin.connections(&query)))
}

/// `GET`: the connection, without its secret.
pub(super) async fn show(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    let connection = admin.for_connection(&name)?.known_connection()?;
    Ok(no_store(Json(connection.summary())))
}

/// `PUT` with a connection form: 200 if it is in use now, 422 if a check failed and nothing
/// changed.
pub(super) async fn connect(
    Path(name): Path<String>,
    admin: Admin,
    Json(form): Json<ConnectionForm>,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(checked(admin.connect(form).await?))
}

/// `PATCH` with a [`ConnectionChange`]: the connection as it is then.
pub(super) async fn change(
    Path(name): Path<String>,
    admin: Admin,
    Json(change): Json<ConnectionChange>,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(no_store(Json(admin.change_connection(change).await?)))
}

/// `POST`: runs the checks again on the connection.
pub(super) async fn check(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<Response, SettingsError> {
    let admin = admin.for_connection(&name)?;
    Ok(checked(admin.check().await?))
}

/// `DELETE`: disconnects.
pub(super) async fn disconnect(
    Path(name): Path<String>,
    admin: Admin,
) -> Result<StatusCode, SettingsError> {
    admin.for_connection(&name)?.disconnect().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(report: CheckReport) -> Response {
    let status = if report.passed() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    no_store((status, Json(report)).into_response())
}
