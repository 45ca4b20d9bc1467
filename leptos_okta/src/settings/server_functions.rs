//! What the settings page asks of the server. The work is done by `axum_okta`.

use leptos::{
    prelude::*,
    server_fn::{codec::JsonEncoding, error::FromServerFnError},
};
use okta_types::{CheckReport, Settings, SettingsRefusal};
use serde::{Deserialize, Serialize};

/// Why the server did not do it. An enum rather than a text: without JavaScript it comes back in the address, where
/// anybody could write a text of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused(pub SettingsRefusal);

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self(SettingsRefusal::NoAnswer)
    }
}

#[cfg(feature = "ssr")]
impl From<axum_okta::SettingsError> for Refused {
    fn from(error: axum_okta::SettingsError) -> Self {
        Self(error.refusal())
    }
}

#[cfg(feature = "ssr")]
pub(super) async fn visitor() -> Result<axum_okta::Visitor, Refused> {
    use axum::{extract::FromRequestParts, http::request::Parts};

    let mut parts = use_context::<Parts>().ok_or(Refused(SettingsRefusal::Failed))?;
    Ok(axum_okta::Visitor::from_request_parts(&mut parts, &()).await?)
}

/// What this visitor may see of the settings.
#[server]
pub async fn load_settings() -> Result<Settings, Refused> {
    Ok(visitor().await?.settings().await?)
}

/// Opens the settings with the setup code.
#[server]
pub async fn enter_setup_code(setup: String) -> Result<(), Refused> {
    Ok(visitor().await?.enter_setup_code(&setup).await?)
}

/// Says how an issuer is understood; nothing when it cannot be one.
#[server]
pub async fn understand_issuer(issuer: String) -> Result<Result<String, String>, Refused> {
    use axum_okta::Okta;

    let parts = use_context::<axum::http::request::Parts>();
    let okta = parts
        .as_ref()
        .and_then(|parts| parts.extensions.get::<Okta>());
    let okta = okta.ok_or(Refused(SettingsRefusal::Failed))?;
    Ok(okta
        .understand_issuer(&issuer)
        .map_err(|error| error.to_string()))
}

/// Checks and connects.
#[server]
pub async fn connect(
    client_id: String,
    client_secret: String,
    issuer: String,
) -> Result<CheckReport, Refused> {
    let form = okta_types::ConnectionForm {
        client_id,
        client_secret,
        issuer,
    };
    Ok(visitor().await?.admin().await?.connect(form).await?)
}

/// Runs the checks again on the connection in use.
#[server]
pub async fn check_again() -> Result<CheckReport, Refused> {
    Ok(visitor().await?.admin().await?.check().await?)
}

/// Disconnects.
#[server]
pub async fn disconnect() -> Result<(), Refused> {
    Ok(visitor().await?.admin().await?.disconnect().await?)
}
