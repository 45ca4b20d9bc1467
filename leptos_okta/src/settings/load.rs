//! From the address of a page to the page.

use leptos::prelude::*;

use super::refused::Refused;
#[cfg(feature = "ssr")]
use super::refused::alert;

/// Returns the page at this address as HTML, as far as this visitor may see it. `section` is the
/// route's parameter after a slash, if it has one.
#[server(prefix = "/api/okta", endpoint = "settings_page")]
pub async fn settings_page(
    path: String,
    search: String,
    section: Option<String>,
) -> Result<String, Refused> {
    let section = section.as_deref();
    let section = section.map(|section| section.strip_prefix('/').unwrap_or(section));
    let page = server::page(&path, &search, section).await;
    Ok(page.unwrap_or_else(|reason| alert(&reason)))
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

#[cfg(feature = "ssr")]
mod server {
    use axum::http::{Method, StatusCode, request::Parts};
    use axum_okta::{
        audit::AuditQuery,
        connection::{ConnectionPage, ConnectionQuery},
        sessions::{SessionPage, SessionQuery},
        settings::{Admin, Settings, SettingsError},
    };
    use leptos_axum::ResponseOptions;

    use super::*;
    pub(super) use crate::settings::request::okta;
    use crate::{
        settings::{
            console::{CONNECTION, Console, DEFAULT_PATH, with_query},
            page::{self, AFTER, LIST, Place, ProvisioningView, SEARCH, Shown},
            request::{NoOkta, admin, parameters, visitor},
            section::{SECTION, Section},
            server_functions::enter_setup_code,
        },
        visit::now,
    };

    fn refuse(error: SettingsError) -> String {
        error.refusal().to_string()
    }

    /// Nothing is said of a request that nobody sent.
    fn not_set_up(NoOkta(forgotten): NoOkta) -> String {
        let Some(forgotten) = forgotten else {
            return String::new();
        };
        set_status(StatusCode::INTERNAL_SERVER_ERROR);
        forgotten.explanation()
    }

    /// The page, or why there is none.
    pub(super) async fn page(
        path: &str,
        search: &str,
        parameter: Option<&str>,
    ) -> Result<String, String> {
        let okta = okta().map_err(not_set_up)?;
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
            let entered = enter_setup_code(address.clone(), code).await;
            entered.map_err(|Refused(reason)| reason.to_string())?;
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
        let (mut tokens, mut new_token) = (Vec::new(), None);
        let mut provisioning = None;
        if let Settings::Open(open) = &settings {
            let admin = admin(connection.as_deref()).await.map_err(refuse)?;
            if shows_sessions && open.connection.is_some() && !open.by_link {
                sessions = admin.sessions(&session_query).await.map_err(refuse)?;
            }
            if section == Some(Section::Provisioning) && open.connection.is_some() {
                provisioning = Some(provisioning_view(&admin, &mut take).await.map_err(refuse)?);
            }
            if section == Some(Section::Connections) {
                connections = admin.connections(&connection_query);
            }
            if section == Some(Section::Tokens) {
                tokens = admin.tokens().await.map_err(refuse)?;
                new_token = admin.take_new_token().await.map_err(refuse)?;
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
            provisioning,
            console,
            section,
            address,
            refused: take("refused").and_then(|name| name.parse().ok()),
            done: take("done"),
            audit,
            sessions,
            session_query,
            tokens,
            new_token,
            api: format!("{}/{}", okta.connections_path(), name.unwrap_or_default()),
            now: now(),
        };
        Ok(page::page(settings, place))
    }

    /// What the address asks for of the section Provisioning.
    async fn provisioning_view(
        admin: &Admin,
        mut take: impl FnMut(&str) -> Option<String>,
    ) -> Result<ProvisioningView, SettingsError> {
        let (list, id) = (take(LIST), take("id"));
        let (search, after) = (take(SEARCH), take(AFTER));
        let (text, place) = (search.as_deref(), after.as_deref());
        let shown = match (list.as_deref(), id) {
            (Some("people"), Some(id)) => match admin.provisioned_person(&id).await? {
                Some(record) => Shown::Person(Box::new(record)),
                None => Shown::Nobody,
            },
            (Some("people"), None) => Shown::People(admin.provisioned_people(text, place).await?),
            (Some("groups"), _) => Shown::Groups(admin.provisioned_groups(text, place).await?),
            (Some("requests"), _) => {
                let only_refused = take("refused").is_some();
                let page = admin.scim_requests(place, only_refused).await?;
                Shown::Requests { page, only_refused }
            }
            _ => Shown::Setup,
        };
        let new_token = match &shown {
            Shown::Setup => admin.take_new_scim_token().await?,
            _ => None,
        };
        Ok(ProvisioningView {
            state: admin.provisioning().await?,
            new_token,
            shown,
            is_later: after.is_some(),
            search,
        })
    }

    /// The status of a page. Where the browser asks for its content alone, that has arrived well.
    fn set_status(status: StatusCode) {
        let is_page = with_context(|parts: &Parts| parts.method != Method::POST);
        if let (Some(true), Some(response)) = (is_page, use_context::<ResponseOptions>()) {
            response.set_status(status);
        }
    }
}
