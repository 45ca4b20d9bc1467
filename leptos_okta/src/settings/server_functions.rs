//! The console's server functions. `axum_okta` does the work.
//!
//! Forms are sent as forms, with or without JavaScript. Each function does its work and redirects
//! the browser to the page that the form names in its field `page`, which shows the new state.

use leptos::{
    prelude::*,
    server_fn::{
        Http,
        codec::{Json, JsonEncoding, Post},
        error::FromServerFnError,
    },
};
use okta_types::SettingsRefusal;
use serde::{Deserialize, Serialize};

use super::forms::{FormBody, TypedConnection, TypedRole, TypedStanding};

#[cfg(feature = "ssr")]
pub(super) use self::server::refuse_body;
#[cfg(feature = "ssr")]
pub(crate) use self::server::{parameters, see_other};

/// Why the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused(pub SettingsRefusal);

/// A page of a sentence of ours.
pub(crate) fn alert(sentence: &str) -> String {
    format!(r#"<p class="okta-alert" role="alert">{sentence}</p>"#)
}

impl FromServerFnError for Refused {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Args(_) => {
                SettingsRefusal::MalformedForm
            }
            _ => SettingsRefusal::NoAnswer,
        })
    }
}

/// Returns the page at this address as HTML, as far as this visitor may see it. `section` is the
/// route's parameter, if it has one.
#[server(prefix = "/api/okta", endpoint = "settings_page")]
pub async fn settings_page(
    path: String,
    search: String,
    section: Option<String>,
) -> Result<String, Refused> {
    let page = server::page(&path, &search, section.as_deref()).await;
    Ok(page.unwrap_or_else(|Refused(reason)| alert(&reason.to_string())))
}

/// Returns the parsed issuer, or why it is invalid.
#[server(prefix = "/api/okta", endpoint = "understand_issuer")]
pub async fn understand_issuer(
    issuer: String,
    authorization_server: String,
) -> Result<String, Refused> {
    let okta = server::okta()?;
    Ok(match okta.parse_issuer(&issuer, &authorization_server) {
        Ok(issuer) => format!("Issuer: {issuer}"),
        Err(error) => format!("This can't be used: {error}."),
    })
}

/// Opens the settings with the setup code.
#[server(prefix = "/api/okta", endpoint = "enter_setup_code", protocol = Http<Post<FormBody>, Json>)]
pub async fn enter_setup_code(
    #[server(default)] page: String,
    #[server(default)] setup: String,
) -> Result<(), Refused> {
    server::enter_setup_code(&page, &setup).await
}

/// Checks and connects.
#[server(prefix = "/api/okta", endpoint = "connect", protocol = Http<Post<FormBody>, Json>)]
pub async fn connect(
    #[server(default)] page: String,
    #[server(default)] typed: TypedConnection,
) -> Result<(), Refused> {
    server::change(&page, async |admin| match typed.parse() {
        Ok(form) => Ok(match admin.connect(form).await?.passed() {
            true => "?done=connected".into(),
            false => "#okta-checks".into(),
        }),
        Err(form) => admin.refuse_connection(*form).await.map(|()| "".into()),
    })
    .await
}

/// Runs the checks again on the connection in use.
#[server(prefix = "/api/okta", endpoint = "check_again", protocol = Http<Post<FormBody>, Json>)]
pub async fn check_again(#[server(default)] page: String) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.check().await.map(|_| "#okta-checks".into())
    })
    .await
}

/// Calls an address at which Okta ends sessions, to see whether it works.
#[server(prefix = "/api/okta", endpoint = "try_sign_out", protocol = Http<Post<FormBody>, Json>)]
pub async fn try_sign_out(
    #[server(default)] page: String,
    #[server(default)] address: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        let address = address
            .parse()
            .map_err(|_| SettingsRefusal::MalformedForm)?;
        admin.try_sign_out_address(address).await?;
        Ok("?done=sign_out#okta-sign-out".into())
    })
    .await
}

/// Signs with the next key from now on.
#[server(prefix = "/api/okta", endpoint = "rotate_client_key", protocol = Http<Post<FormBody>, Json>)]
pub async fn rotate_client_key(
    #[server(default)] page: String,
    #[server(default)] kid: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.rotate_client_key(kid).await?;
        Ok("?done=key#okta-client-keys".into())
    })
    .await
}

/// Disconnects.
#[server(prefix = "/api/okta", endpoint = "disconnect", protocol = Http<Post<FormBody>, Json>)]
pub async fn disconnect(#[server(default)] page: String) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.disconnect().await?;
        Ok("?done=disconnected".into())
    })
    .await
}

/// Deletes a connection other than the first one, and shows those that are left.
#[server(prefix = "/api/okta", endpoint = "delete_connection", protocol = Http<Post<FormBody>, Json>)]
pub async fn delete_connection(
    #[server(default)] page: String,
    #[server(default)] name: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.for_connection(&name)?.disconnect().await?;
        Ok("?done=deleted".into())
    })
    .await
}

/// Changes what a connection is in this app.
#[server(prefix = "/api/okta", endpoint = "change_connection", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_connection(
    #[server(default)] page: String,
    #[server(default)] typed: TypedStanding,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        let change = typed.parse().ok_or(SettingsRefusal::MalformedForm)?;
        admin.change_connection(change).await?;
        Ok("?done=changed".into())
    })
    .await
}

/// Claims an e-mail domain, verifies one, or removes one.
#[server(prefix = "/api/okta", endpoint = "change_domain", protocol = Http<Post<FormBody>, Json>)]
pub async fn change_domain(
    #[server(default)] page: String,
    #[server(default)] domain: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        match action.as_str() {
            "claim" => drop(admin.claim_domain(&domain).await?),
            "verify" => admin.verify_domain(&domain).await?,
            "remove" => admin.remove_domain(&domain).await?,
            _ => return Err(SettingsRefusal::MalformedForm.into()),
        }
        Ok("#okta-domains".into())
    })
    .await
}

/// Saves the role table, if the version that was shown is still in use. Other buttons change its
/// rows and show them again. Empty rows are ignored.
#[server(prefix = "/api/okta", endpoint = "save_roles", protocol = Http<Post<FormBody>, Json>)]
pub async fn save_roles(
    #[server(default)] page: String,
    #[server(default)] rows: Vec<TypedRole>,
    #[server(default)] default_role: String,
    #[server(default)] version: String,
    #[server(default)] action: String,
) -> Result<(), Refused> {
    let table = super::forms::role_table(rows, default_role);
    server::change(&page, async |admin| {
        server::change_roles(admin, table, &version, &action).await
    })
    .await
}

/// Removes a named admin.
#[server(prefix = "/api/okta", endpoint = "remove_admin", protocol = Http<Post<FormBody>, Json>)]
pub async fn remove_admin(
    #[server(default)] page: String,
    #[server(default)] issuer: String,
    #[server(default)] subject: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.remove_admin(&issuer, &subject).await?;
        Ok("?done=admins#okta-admins".into())
    })
    .await
}

/// Ends a session.
#[server(prefix = "/api/okta", endpoint = "end_session", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_session(
    #[server(default)] page: String,
    #[server(default)] id: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.end_session(&id).await?;
        Ok("?done=session".into())
    })
    .await
}

/// Ends all of a person's sessions.
#[server(prefix = "/api/okta", endpoint = "end_sessions_of", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_sessions_of(
    #[server(default)] page: String,
    #[server(default)] issuer: String,
    #[server(default)] subject: String,
) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.end_sessions_of(&issuer, &subject).await?;
        Ok("?done=sessions".into())
    })
    .await
}

/// Ends everybody's sessions.
#[server(prefix = "/api/okta", endpoint = "end_all_sessions", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_all_sessions(#[server(default)] page: String) -> Result<(), Refused> {
    server::change(&page, async |admin| {
        admin.end_all_sessions().await?;
        Ok("?done=everybody".into())
    })
    .await
}

/// What the functions share.
#[cfg(feature = "ssr")]
mod server {
    use std::{borrow::Cow, collections::HashMap};

    use axum::{
        extract::{FromRequestParts, Query},
        http::{HeaderValue, StatusCode, Uri, header, request::Parts},
    };
    use axum_okta::{
        Okta,
        audit::AuditQuery,
        connection::{ConnectionPage, ConnectionQuery},
        roles::RoleTable,
        sessions::{SessionPage, SessionQuery},
        settings::{Admin, Settings, SettingsError, Visitor},
    };
    use leptos_axum::ResponseOptions;

    use super::*;
    use crate::settings::{
        console::{CONNECTION, Console, DEFAULT_PATH, with_query},
        forms::RolesAction,
        page::{self, Place},
        section::{SECTION, Section},
    };

    fn refuse(error: SettingsError) -> Refused {
        Refused(error.refusal())
    }

    fn parts() -> Result<Parts, Refused> {
        use_context().ok_or(Refused(SettingsRefusal::Failed))
    }

    pub(super) fn okta() -> Result<Okta, Refused> {
        let okta = parts()?.extensions.remove();
        okta.ok_or(Refused(SettingsRefusal::Failed))
    }

    async fn visitor() -> Result<Visitor, SettingsError> {
        let mut parts: Parts = use_context().ok_or(SettingsError::LayerMissing)?;
        Visitor::from_request_parts(&mut parts, &()).await
    }

    pub(super) async fn page(
        path: &str,
        search: &str,
        parameter: Option<&str>,
    ) -> Result<String, Refused> {
        let okta = okta()?;
        let mut query = parameters(search);
        let mut take = |name: &str| query.remove(name).filter(|value| !value.is_empty());
        let slug = parameter.map(str::to_owned).filter(|slug| !slug.is_empty());
        let slug = slug.or_else(|| take(SECTION)).unwrap_or_default();
        let section = Section::of(&slug);
        let path = okta.local_path(path);
        let connection = take(CONNECTION);
        let console = Console::new(path.as_deref().unwrap_or(DEFAULT_PATH), parameter);
        let console = console.of(connection.clone());
        let address = console.href(section.unwrap_or(Section::Overview));
        if section.is_none() {
            set_status(StatusCode::NOT_FOUND);
        }
        if let Some(code) = take("setup") {
            enter_setup_code(&address, &code).await?;
        }
        let (person, older) = (take("person"), take("older"));
        let session_query = SessionQuery::default()
            .person(person.clone())
            .before(older.clone());
        let is_people = section == Some(Section::People);
        // Whom a connection signs out that is deleted.
        let shows_sessions = is_people || section == Some(Section::Connection);
        let connection_query = ConnectionQuery::default()
            .search(take("search"))
            .after(take("after"));
        let audit = match is_people {
            true => AuditQuery::default(),
            false => AuditQuery::default()
                .event(take("event").and_then(|name| name.parse().ok()))
                .person(person)
                .before(older)
                .after(take("newer")),
        };
        let settings = visitor().await.map_err(refuse)?;
        let settings = settings.settings_of(connection.as_deref(), &audit).await;
        let settings = settings.map_err(refuse)?;
        let mut sessions = SessionPage::default();
        let mut connections = ConnectionPage::default();
        if let Settings::Open(open) = &settings {
            let admin = admin(connection.as_deref()).await.map_err(refuse)?;
            if shows_sessions && open.connection.is_some() {
                sessions = admin.sessions(&session_query).await.map_err(refuse)?;
            }
            if section == Some(Section::Connections) {
                connections = admin.connections(&connection_query);
            }
        }
        let name = match &settings {
            Settings::Open(open) => Some(open.connection_name.as_str()),
            _ => None,
        };
        let export = with_query(
            okta.audit_path(),
            connection.as_deref().map(|name| (CONNECTION, name)),
        );
        let place = Place {
            sign_in: match name {
                Some(name) => okta.connection_sign_in_path(name, &address),
                None => okta.sign_in_path(&address),
            },
            test: name.map_or_else(|| okta.test_path(), |name| okta.test_path_of(name)),
            export,
            connections,
            connection_query,
            console,
            section,
            address,
            refused: take("refused").and_then(|name| name.parse().ok()),
            done: take("done"),
            audit,
            sessions,
            session_query,
        };
        Ok(page::page(settings, place))
    }

    /// The admin at the settings of this connection, or else of their own.
    async fn admin(connection: Option<&str>) -> Result<Admin, SettingsError> {
        let admin = visitor().await?.admin().await?;
        match connection {
            Some(name) => admin.for_connection(name),
            None => Ok(admin),
        }
    }

    /// The parameters of a query. A query that can't be parsed has none.
    pub(crate) fn parameters(search: &str) -> HashMap<String, String> {
        let search = search.trim_start_matches('?');
        let uri = format!("/?{search}").parse::<Uri>().ok();
        let query = uri.and_then(|uri| Query::try_from_uri(&uri).ok());
        query
            .map(|Query(parameters)| parameters)
            .unwrap_or_default()
    }

    pub(super) async fn enter_setup_code(page: &str, code: &str) -> Result<(), Refused> {
        let entered = async { visitor().await?.enter_setup_code(code).await }.await;
        back_to_page(page, entered.map(|()| "".into()))
    }

    /// Makes the change as an admin, to the connection that the page's address names. `work` returns
    /// what to add to it.
    pub(super) async fn change(
        page: &str,
        work: impl AsyncFnOnce(Admin) -> Result<Cow<'static, str>, SettingsError>,
    ) -> Result<(), Refused> {
        let query = page.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let connection = parameters(query).remove(CONNECTION);
        let done = async { work(admin(connection.as_deref()).await?).await }.await;
        back_to_page(page, done)
    }

    pub(super) async fn change_roles(
        admin: Admin,
        mut table: RoleTable,
        version: &str,
        action: &str,
    ) -> Result<Cow<'static, str>, SettingsError> {
        match RolesAction::parse(action) {
            Some(RolesAction::Save) => {
                admin.set_roles(table, Some(version)).await?;
                Ok("?done=roles".into())
            }
            Some(RolesAction::Discard) => admin.draft_roles(None).await.map(|()| "".into()),
            Some(action) => {
                let changed_meanwhile = admin.roles_version() != version;
                action.apply(&mut table);
                // Browsers focus the field that the fragment names.
                let place = match action {
                    RolesAction::Add => format!("#okta-rule-{}-group", table.rules.len()).into(),
                    _ => "#okta-rules".into(),
                };
                admin.draft_roles(Some(table)).await?;
                if changed_meanwhile {
                    return Err(SettingsRefusal::RolesChanged.into());
                }
                Ok(place)
            }
            None => {
                admin.draft_roles(Some(table)).await?;
                Err(SettingsRefusal::MalformedForm.into())
            }
        }
    }

    /// For a body that isn't this form's.
    pub(in crate::settings) fn refuse_body(body: &[u8]) {
        // Query strings and forms are written the same way, and only this field is asked for.
        let body = String::from_utf8_lossy(body);
        let page = parameters(&body).remove("page").unwrap_or_default();
        let _refused = back_to_page(&page, Err(SettingsRefusal::MalformedForm.into()));
    }

    /// Redirects the browser to the page that the form names, with the reason of a refusal in the
    /// address. As a name rather than a text, because anyone can write an address.
    fn back_to_page(
        page: &str,
        done: Result<Cow<'static, str>, SettingsError>,
    ) -> Result<(), Refused> {
        // The only place where a form's `page` is trusted.
        let page = okta()?.local_path(page);
        let page = page.as_deref().unwrap_or(DEFAULT_PATH);
        let (page, _) = page.split_once('#').unwrap_or((page, ""));
        let (address, answer) = match done {
            Ok(more) => match more.strip_prefix('?') {
                Some(more) if page.contains('?') => (format!("{page}&{more}"), Ok(())),
                _ => (format!("{page}{more}"), Ok(())),
            },
            Err(error) => {
                let refusal = error.refusal();
                let address = with_query(page, [("refused", name(refusal).as_str())]);
                (address, Err(Refused(refusal)))
            }
        };
        see_other(&address);
        answer
    }

    /// Redirects the browser to a page of this app.
    pub(crate) fn see_other(address: &str) {
        if let (Some(response), Ok(location)) = (
            use_context::<ResponseOptions>(),
            HeaderValue::from_str(address),
        ) {
            response.set_status(StatusCode::SEE_OTHER);
            response.insert_header(header::LOCATION, location);
        }
    }

    /// The name as in JSON.
    fn name(refusal: SettingsRefusal) -> String {
        let name = serde_json::to_value(refusal).ok();
        let name = name.and_then(|name| Some(name.as_str()?.to_owned()));
        name.unwrap_or_default()
    }

    fn set_status(status: StatusCode) {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(status);
        }
    }
}
