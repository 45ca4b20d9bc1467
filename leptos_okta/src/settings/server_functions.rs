//! What the settings page asks of the server. The work is done by `axum_okta`.
//!
//! The forms of the page are sent as forms, with JavaScript and without: each function does its work and sends the
//! browser back to the page, which shows how things stand then.

use std::fmt;

use leptos::{
    prelude::*,
    server_fn::{codec::JsonEncoding, error::FromServerFnError},
};
use okta_types::{
    ClientAuthentication, ConnectionForm, GroupsFrom, MissingGroups, RoleRule, SettingsRefusal,
};
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

/// The connection's form, as it is typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TypedConnection {
    client_id: String,
    client_secret: String,
    issuer: String,
    authorization_server: String,
    api_token: String,
    display_name: String,
    scopes: String,
    claims: String,
    groups_from: GroupsFrom,
    groups_claim: String,
    missing_groups: MissingGroups,
    client_authentication: ClientAuthentication,
}

impl From<TypedConnection> for ConnectionForm {
    fn from(typed: TypedConnection) -> Self {
        let mut form = Self::new(typed.client_id, typed.client_secret, typed.issuer);
        form.authorization_server = typed.authorization_server;
        form.api_token = typed.api_token;
        form.options.display_name = typed.display_name;
        form.options.scopes = words(&typed.scopes);
        form.options.claims = words(&typed.claims);
        form.options.groups_from = typed.groups_from;
        form.options.groups_claim = typed.groups_claim;
        form.options.missing_groups = typed.missing_groups;
        form.options.client_authentication = typed.client_authentication;
        form
    }
}

/// Hides the secrets.
impl fmt::Debug for TypedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ConnectionForm::from(self.clone()).fmt(f)
    }
}

/// People separate by spaces, commas, or both.
fn words(typed: &str) -> Vec<String> {
    typed
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A row of the role table, as it is typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TypedRole {
    order: String,
    group: String,
    role: String,
}

/// The rule, and its place: a row without a number comes last.
impl From<TypedRole> for (i64, RoleRule) {
    fn from(typed: TypedRole) -> Self {
        let order = typed.order.trim().parse().unwrap_or(i64::MAX);
        (order, RoleRule::new(typed.group, typed.role))
    }
}

/// The settings page as HTML, as far as this visitor may see it. `setup` is a setup code that came in the address,
/// `refused` why the last form was refused, `done` what it did, `older` the place in the audit trail to begin at.
#[server(prefix = "/api/okta", endpoint = "settings_page")]
pub async fn settings_page(
    setup: Option<String>,
    refused: Option<String>,
    done: Option<String>,
    older: Option<String>,
) -> Result<String, Refused> {
    if let Some(code) = setup {
        server::enter_setup_code(&code).await?;
    }
    let refusal = refused.and_then(|name| name.parse().ok());
    let visitor = server::visitor().await.map_err(server::refuse)?;
    let address = server::page_path()?;
    let okta = server::okta()?;
    let place = super::page::Place {
        sign_in: okta.sign_in_path(&address),
        test: okta.test_path(),
        address,
        done,
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
pub async fn understand_issuer(
    issuer: String,
    authorization_server: String,
) -> Result<String, Refused> {
    let okta = server::okta()?;
    Ok(match okta.parse_issuer(&issuer, &authorization_server) {
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
pub async fn connect(typed: TypedConnection) -> Result<(), Refused> {
    let form = typed.into();
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

/// Saves the role table, if the version that was shown is still in use. A row that was left empty is none.
#[server(prefix = "/api/okta", endpoint = "save_roles")]
pub async fn save_roles(
    rows: Vec<TypedRole>,
    default_role: String,
    version: String,
) -> Result<(), Refused> {
    let table = server::role_table(rows, default_role);
    server::change_in("roles", async |admin| {
        admin.set_roles(table, Some(&version)).await
    })
    .await
}

/// Takes the right from an admin by name.
#[server(prefix = "/api/okta", endpoint = "remove_admin")]
pub async fn remove_admin(issuer: String, subject: String) -> Result<(), Refused> {
    server::change_in("admins", async |admin| {
        admin.remove_admin(&issuer, &subject).await
    })
    .await
}

/// What the functions have in common.
#[cfg(feature = "ssr")]
mod server {
    use axum::{
        extract::FromRequestParts,
        http::{HeaderValue, StatusCode, Uri, header, request::Parts},
    };
    use axum_okta::{Admin, Okta, RoleTable, SettingsError, Visitor};
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
        back_to_page(
            async { visitor().await?.enter_setup_code(code).await }.await,
            None,
        )
    }

    pub(super) async fn change(
        work: impl AsyncFnOnce(Admin) -> Result<(), SettingsError>,
    ) -> Result<(), Refused> {
        back_to_page(
            async { work(visitor().await?.admin().await?).await }.await,
            None,
        )
    }

    /// The same for a section of the page: the browser comes back to it, and reads there that it is done.
    pub(super) async fn change_in(
        section: &str,
        work: impl AsyncFnOnce(Admin) -> Result<(), SettingsError>,
    ) -> Result<(), Refused> {
        let done = async { work(visitor().await?.admin().await?).await }.await;
        back_to_page(done, Some(section))
    }

    /// In the order that the numbers say, and where they say nothing as the rows stand.
    pub(super) fn role_table(rows: Vec<TypedRole>, default_role: String) -> RoleTable {
        let mut rows: Vec<(i64, RoleRule)> = rows.into_iter().map(Into::into).collect();
        rows.sort_by_key(|(order, _)| *order);
        let rules = rows.into_iter().map(|(_, rule)| rule).collect();
        RoleTable::new(rules).with_default_role(default_role)
    }

    /// Sends the browser back to the page it came from, saying in the address why something was refused. A word of
    /// ours rather than a text: anybody can write an address.
    fn back_to_page(done: Result<(), SettingsError>, section: Option<&str>) -> Result<(), Refused> {
        let refused = done.map_err(refuse);
        let mut page = page_path()?;
        if let Err(Refused(refusal)) = refused
            && let Ok(serde_json::Value::String(name)) = serde_json::to_value(refusal)
        {
            page = format!("{page}?refused={name}");
        } else if let Some(section) = section {
            page = format!("{page}?done={section}#okta-{section}");
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
