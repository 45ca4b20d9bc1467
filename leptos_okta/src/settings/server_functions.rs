//! What the settings page asks of the server. The work is done by `axum_okta`.
//!
//! The forms of the page are sent as forms, with JavaScript and without: each function does its work and sends the
//! browser back to the page, which shows how things stand then.

use leptos::{
    prelude::*,
    server_fn::{codec::JsonEncoding, error::FromServerFnError},
};
use okta_types::SettingsRefusal;
use serde::{Deserialize, Serialize};

/// Why the server did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused(pub SettingsRefusal);

impl Refused {
    pub(super) fn to_html(self) -> String {
        format!(r#"<p class="okta-alert" role="alert">{}</p>"#, self.0)
    }
}

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self(SettingsRefusal::NoAnswer)
    }
}

/// The settings page as HTML, as far as this visitor may see it. `setup` is a setup code that came in the address,
/// `refused` why the last form was refused, `older` the place in the audit trail to begin at.
#[server(prefix = "/api/okta", endpoint = "settings_page")]
pub async fn settings_page(
    setup: Option<String>,
    refused: Option<String>,
    older: Option<String>,
) -> Result<String, Refused> {
    if let Some(code) = setup {
        server::enter_setup_code(&code).await?;
    }
    let refusal = refused.and_then(|name| name.parse().ok());
    let visitor = server::visitor().await.map_err(server::refuse)?;
    let address = server::page_path()?;
    let place = super::page::Place {
        sign_in: server::okta()?.sign_in_path(&address),
        address,
        older: older.is_some(),
    };
    let settings = visitor
        .settings(older.as_deref())
        .await
        .map_err(server::refuse)?;
    Ok(super::page::page(settings, refusal, place))
}

/// Says how an issuer is understood, or why it cannot be one.
#[server(prefix = "/api/okta", endpoint = "understand_issuer")]
pub async fn understand_issuer(issuer: String) -> Result<String, Refused> {
    Ok(match server::okta()?.understand_issuer(&issuer) {
        Ok(issuer) => format!("Understood as {issuer}"),
        Err(error) => format!("This cannot be used: {error}."),
    })
}

/// Opens the settings with the setup code.
#[server(prefix = "/api/okta", endpoint = "enter_setup_code")]
pub async fn enter_setup_code(setup: String) -> Result<(), Refused> {
    server::enter_setup_code(&setup).await
}

/// Checks and connects.
#[server(prefix = "/api/okta", endpoint = "connect")]
pub async fn connect(
    client_id: String,
    client_secret: String,
    issuer: String,
) -> Result<(), Refused> {
    let form = okta_types::ConnectionForm {
        client_id,
        client_secret,
        issuer,
    };
    server::change(async |admin| admin.connect(form).await.map(drop)).await
}

/// Runs the checks again on the connection in use.
#[server(prefix = "/api/okta", endpoint = "check_again")]
pub async fn check_again() -> Result<(), Refused> {
    server::change(async |admin| admin.check().await.map(drop)).await
}

/// Disconnects.
#[server(prefix = "/api/okta", endpoint = "disconnect")]
pub async fn disconnect() -> Result<(), Refused> {
    server::change(async |admin| admin.disconnect().await).await
}

/// What the functions have in common.
#[cfg(feature = "ssr")]
mod server {
    use axum::{
        extract::FromRequestParts,
        http::{HeaderValue, StatusCode, Uri, header, request::Parts},
    };
    use axum_okta::{Admin, Okta, SettingsError, Visitor};
    use leptos_axum::ResponseOptions;

    use super::*;

    fn parts() -> Result<Parts, Refused> {
        use_context().ok_or(Refused(SettingsRefusal::Failed))
    }

    pub(super) fn refuse(error: SettingsError) -> Refused {
        Refused(error.refusal())
    }

    pub(super) fn okta() -> Result<Okta, Refused> {
        let okta = parts()?.extensions.remove();
        okta.ok_or(Refused(SettingsRefusal::Failed))
    }

    pub(super) async fn visitor() -> Result<Visitor, SettingsError> {
        let mut parts: Parts = use_context().ok_or(SettingsError::LayerMissing)?;
        Visitor::from_request_parts(&mut parts, &()).await
    }

    pub(super) async fn enter_setup_code(code: &str) -> Result<(), Refused> {
        back_to_page(async { visitor().await?.enter_setup_code(code).await }.await)
    }

    pub(super) async fn change(
        work: impl AsyncFnOnce(Admin) -> Result<(), SettingsError>,
    ) -> Result<(), Refused> {
        back_to_page(async { work(visitor().await?.admin().await?).await }.await)
    }

    /// Sends the browser back to the page it came from, saying in the address why something was refused. A word of
    /// ours rather than a text: anybody can write an address.
    fn back_to_page(done: Result<(), SettingsError>) -> Result<(), Refused> {
        let refused = done.map_err(refuse);
        let mut page = page_path()?;
        if let Err(Refused(refusal)) = refused
            && let Ok(serde_json::Value::String(name)) = serde_json::to_value(refusal)
        {
            page = format!("{page}?refused={name}");
        }
        if let (Some(response), Ok(location)) = (
            use_context::<ResponseOptions>(),
            HeaderValue::from_str(&page),
        ) {
            response.set_status(StatusCode::SEE_OTHER);
            response.insert_header(header::LOCATION, location);
        }
        refused
    }

    /// The path of the settings page: what is being rendered, else where the request came from.
    pub(super) fn page_path() -> Result<String, Refused> {
        let parts = parts()?;
        let is_page = use_context::<leptos_router::location::RequestUrl>().is_some();
        let referer = parts.headers.get(header::REFERER).filter(|_| !is_page);
        let came_from = referer.and_then(|referer| referer.to_str().ok()?.parse::<Uri>().ok());
        let path = came_from.as_ref().unwrap_or(&parts.uri).path();
        // Never to another site, whatever the path looks like.
        Ok(format!("/{}", path.trim_start_matches('/')))
    }
}
