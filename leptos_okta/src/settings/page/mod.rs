//! The pages of the console, rendered on the server.

mod activity;
mod admins;
mod attention;
mod branding;
mod checks;
mod client_keys;
mod connected;
mod connection;
mod connections;
mod domains;
mod form;
mod gate;
mod instructions;
mod list;
mod options;
mod overview;
mod parts;
mod people;
mod provisioning;
mod roles;
mod setup_links;
mod sign_in_policy;
mod sign_out;
mod standing;
mod tested;
mod tokens;

use axum_okta::audit::AuditQuery;
use leptos::prelude::*;
use okta_types::{
    AdminTokenSummary, ConnectionQuery, NewAdminToken, OpenSettings, SessionPage, SessionQuery,
    Settings, SettingsRefusal, Timestamp,
};

pub(crate) use self::parts::{Badge, Moment, PageField, Tone};
pub(super) use self::provisioning::{AFTER, LIST, ProvisioningView, SEARCH, Shown};
use self::{
    activity::ActivityPage, connection::ConnectionPage, connections::ConnectionsPage,
    overview::OverviewPage, people::PeoplePage, provisioning::ProvisioningPage, roles::RolesPage,
    tokens::TokensPage,
};
use super::{console::Console, section::Section};

/// The first connection.
const FIRST: &str = "okta";

/// What a page knows besides the settings.
#[derive(Clone)]
pub(super) struct Place {
    /// Where the sections are.
    pub(super) console: Console,
    /// The requested section; `None` if there is none with this name.
    pub(super) section: Option<Section>,
    /// Its own address, which its forms return to.
    pub(super) address: String,
    /// The address of the sign-in that returns here.
    pub(super) sign_in: String,
    /// Where the connection is tested.
    pub(super) test: String,
    /// Where the audit trail is exported.
    pub(super) export: String,
    /// Why the last form was refused.
    pub(super) refused: Option<SettingsRefusal>,
    /// What was just done.
    pub(super) done: Option<String>,
    /// The requested part of the audit trail.
    pub(super) audit: AuditQuery,
    /// A page of the connections, for the section that shows them.
    pub(super) connections: okta_types::ConnectionPage,
    /// Which one was requested.
    pub(super) connection_query: ConnectionQuery,
    /// The section of this name, if it is shown and there is a connection.
    pub(super) provisioning: Option<ProvisioningView>,
    /// A page of the sessions, for the sections that show them.
    pub(super) sessions: SessionPage,
    /// Which one was requested.
    pub(super) session_query: SessionQuery,
    /// The tokens, for the section that shows them.
    pub(super) tokens: Vec<AdminTokenSummary>,
    /// The one that was just created.
    pub(super) new_token: Option<NewAdminToken>,
    /// Where programs find the JSON API.
    pub(super) api: String,
    pub(super) now: Timestamp,
}

/// The page as HTML.
pub(super) fn page(settings: Settings, place: Place) -> String {
    match settings {
        Settings::Open(settings) => open(*settings, place),
        closed => gate::gate(&closed, place),
    }
}

/// Each part is rendered separately: as one view, their types exceed what the compiler can handle.
fn open(settings: OpenSettings, place: Place) -> String {
    let title = place.section.map_or("Page not found", Section::title);
    let lead = place.section.map(Section::lead);
    let banner = view! { <Banner refused=place.refused done=place.done.clone()/> }.into_any();
    let current = place.section;
    let console = place.console.clone();
    let is_new = settings.connection.is_none() && settings.connection_name != FIRST;
    // Whoever was sent a link is led through it.
    let by_link = settings.by_link;
    let shows_connections = settings.is_super && settings.connections > 1;
    let name = (settings.connection_name != FIRST).then(|| called(&settings));
    let room = match current {
        Some(Section::Overview) if is_new && !by_link => {
            view! { <ConnectionPage settings place/> }.into_any()
        }
        Some(Section::Connections) => view! { <ConnectionsPage settings place/> }.into_any(),
        Some(Section::Overview) => view! { <OverviewPage settings place/> }.into_any(),
        Some(Section::Connection) => view! { <ConnectionPage settings place/> }.into_any(),
        Some(Section::Roles) => view! { <RolesPage settings place/> }.into_any(),
        Some(Section::People | Section::Activity | Section::Tokens) if by_link => {
            view! { <p>{SettingsRefusal::SignInFirst.to_string()}</p> }.into_any()
        }
        Some(Section::People) => view! { <PeoplePage settings place/> }.into_any(),
        Some(Section::Provisioning) => view! { <ProvisioningPage settings place/> }.into_any(),
        Some(Section::Activity) => view! { <ActivityPage settings place/> }.into_any(),
        Some(Section::Tokens) => view! { <TokensPage settings place/> }.into_any(),
        None => {
            let overview = place.console.href(Section::Overview);
            view! {
                <p>
                    "There is no such page in these settings. " <a href=overview rel="external">"Go to the overview"</a>
                </p>
            }
            .into_any()
        }
    };
    view! {
        <div class="okta-console">
            {view! { <Navigation current console shows_connections by_link name/> }.into_any()}
            <div class="okta-page">
                <div class="okta-title">
                    <h1>{title}</h1>
                    {lead.map(|lead| view! { <p>{lead}</p> })}
                </div>
                {banner}
                {room}
            </div>
        </div>
    }
    .to_html()
}

/// What the connection is called whose settings these are.
fn called(settings: &OpenSettings) -> String {
    let organization = &settings.branding.name;
    match &settings.connection {
        _ if !organization.is_empty() => organization.clone(),
        Some(connection) if settings.is_super => connection.options.display_name.clone(),
        _ => settings.connection_name.clone(),
    }
}

#[component]
fn Navigation(
    current: Option<Section>,
    console: Console,
    /// Whether there is more than one connection.
    shows_connections: bool,
    /// Whether the visitor has yet to sign in.
    by_link: bool,
    /// What the connection is called whose settings these are, if it isn't the only one.
    name: Option<String>,
) -> impl IntoView {
    let sections = Section::ALL.into_iter().filter(|section| match section {
        Section::Connections => shows_connections || current == Some(*section),
        Section::People | Section::Activity | Section::Tokens => !by_link,
        _ => true,
    });
    let links = sections.map(|section| {
        let is_current = current == Some(section);
        // `rel=external`: a full page load, with focus and title.
        view! {
            <li>
                <a rel="external" href=console.href(section) aria-current=is_current.then_some("page")>
                    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                        <path d=section.icon()></path>
                    </svg>
                    {section.title()}
                </a>
            </li>
        }
    });
    view! {
        <nav class="okta-nav" aria-label="Okta settings">
            <p class="okta-nav-title" aria-hidden="true">
                {name.unwrap_or_else(|| "Okta settings".to_owned())}
            </p>
            <ul>{links.collect_view()}</ul>
        </nav>
    }
}

/// The outcome of the last form.
#[component]
fn Banner(refused: Option<SettingsRefusal>, done: Option<String>) -> impl IntoView {
    let done = match done.as_deref() {
        Some("connected") => Some("Connection saved. It is in use now."),
        Some("disconnected") => {
            Some("Okta is disconnected. Nobody can sign in until you connect it again.")
        }
        Some("deleted") => Some("The connection is deleted."),
        Some("changed") => Some("Saved."),
        Some("roles") => Some("Roles saved. They apply to everyone right away."),
        Some("admins") => Some("Admin removed."),
        Some("token") => Some("Token created."),
        Some("revoked") => Some("The token is revoked. It no longer works."),
        Some("key") => Some("This app signs with its next key from now on."),
        Some("policy" | "provisioning") => Some("Saved. It applies to everyone right away."),
        Some("link") => Some("Setup link revoked. It no longer works."),
        Some("scim_token") => Some("The token is created. Copy it now: it is shown once."),
        Some("scim_token_deleted") => Some("The token is deleted."),
        Some("scim_client") => Some("The client is registered."),
        Some("scim_client_deleted") => Some("The client is deleted, and so are its tokens."),
        Some("session") => Some("The session has ended."),
        Some("sessions") => Some("All of this person’s sessions have ended."),
        Some("everybody") => Some("Everybody’s sessions have ended."),
        Some("sign_out") => Some(
            "The address works: this app received the test call and, as it should, refused it because Okta hadn’t signed it.",
        ),
        _ => None,
    };
    let done = done.filter(|_| refused.is_none());
    view! {
        {refused.map(|refusal| view! { <p class="okta-alert" role="alert">{refusal.to_string()}</p> })}
        {done.map(|done| view! { <p class="okta-done" role="status">{done}</p> })}
    }
}
