//! `/api/okta/connections/{name}/keys`: the keys with which this app proves that it is the client.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use okta_types::SettingsRefusal;
use serde::Deserialize;

use crate::{
    connection::parse,
    okta::Okta,
    settings::{Admin, SettingsError},
};

/// Okta fetches the keys again when it doesn't know the one that signed.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JWK_SET: HeaderValue = HeaderValue::from_static("application/jwk-set+json");

/// `GET`: the public halves (RFC 7517 §8.5.2), for everybody.
pub(super) async fn show(
    State(okta): State<Okta>,
    Path(name): Path<String>,
) -> Result<Response, SettingsError> {
    if !parse::is_name(&name) {
        return Err(SettingsRefusal::UnknownConnection.into());
    }
    // Whether or not there is one, so that nobody learns which there are.
    let keys = okta.services()?.connections.keys().of(&name).await?;
    let headers = [
        (header::CONTENT_TYPE, JWK_SET),
        (header::CACHE_CONTROL, MAX_AGE),
    ];
    Ok((headers, keys.public().to_string()).into_response())
}

#[derive(Deserialize)]
pub(super) struct Rotation {
    /// The `kid` of the key to be replaced.
    kid: String,
}

/// `POST`: signs with the next key from now on.
pub(super) async fn rotate(
    Path(name): Path<String>,
    admin: Admin,
    Json(Rotation { kid }): Json<Rotation>,
) -> Result<StatusCode, SettingsError> {
    let admin = admin.for_connection(&name)?;
    admin.rotate_client_key(kid).await?;
    Ok(StatusCode::NO_CONTENT)
}
