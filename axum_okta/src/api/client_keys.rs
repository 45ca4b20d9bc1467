//! `/api/okta/connections/{name}/keys`: the keys with which this app proves that it is the client.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use okta_types::SettingsRefusal;
use serde::Deserialize;

#[cfg(feature = "openapi")]
use super::description::NamePath;
use super::{body::Body, caller::Caller, path::InPath, problem::ApiError};
use crate::{connection::parse, okta::Okta};

/// Okta fetches the keys again when it doesn't know the one that signed.
const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JWK_SET: HeaderValue = HeaderValue::from_static("application/jwk-set+json");

/// `GET`: the public halves (RFC 7517 §8.5.2), for everybody.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/keys",
    tag = "Connections",
    operation_id = "get_keys",
    params(NamePath),
    security(()),
    responses((
        status = 200,
        body = Object,
        content_type = "application/jwk-set+json",
        description = "The public keys"
    ))
))]
pub(super) async fn show(
    State(okta): State<Okta>,
    InPath(name): InPath<String>,
) -> Result<Response, ApiError> {
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(super) struct Rotation {
    /// The `kid` of the key to be replaced.
    kid: String,
}

/// `POST`: signs with the next key from now on.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/keys",
    tag = "Connections",
    operation_id = "rotate_key",
    params(NamePath),
    request_body = Rotation,
    responses((status = 204, description = "The next key signs from now on"))
))]
pub(super) async fn rotate(
    Caller(admin): Caller,
    Body(Rotation { kid }): Body<Rotation>,
) -> Result<StatusCode, ApiError> {
    admin.rotate_client_key(kid).await?;
    Ok(StatusCode::NO_CONTENT)
}
