//! Provisioning: what to paste into Okta, and what Okta pushed.

mod clients;
mod log;
mod options;
mod people;
mod person;
mod tokens;

use axum_okta::settings::{
    ProvisionedGroups, ProvisionedPeople, ProvisionedPersonRecord, Provisioning, ScimRequest,
    ScimRequestPage,
};
use leptos::prelude::*;
use okta_types::OpenSettings;

use self::{
    clients::Clients,
    log::Requests,
    options::Options,
    people::{Groups, People},
    person::Person,
    tokens::Tokens,
};
use super::{
    Place,
    instructions::Address,
    parts::{Badge, Moment, Tone},
};
use crate::settings::{console::with_query, section::Section};

/// The parameters of the section's lists in the address.
pub(in crate::settings) const LIST: &str = "list";
pub(in crate::settings) const SEARCH: &str = "name";
pub(in crate::settings) const AFTER: &str = "from";

/// What the section shows beside its state.
#[derive(Clone)]
pub(in crate::settings) enum Shown {
    Setup,
    People(ProvisionedPeople),
    Person(Box<ProvisionedPersonRecord>),
    Nobody,
    Groups(ProvisionedGroups),
    Requests {
        page: ScimRequestPage,
        only_refused: bool,
    },
}

/// What there is to show of a connection.
#[derive(Clone)]
pub(in crate::settings) struct ProvisioningView {
    pub(in crate::settings) state: Provisioning,
    /// Just created, and shown once.
    pub(in crate::settings) new_token: Option<String>,
    pub(in crate::settings) shown: Shown,
    pub(in crate::settings) search: Option<String>,
    /// Whether this is a later page of a list.
    pub(in crate::settings) is_later: bool,
}

#[component]
pub(super) fn ProvisioningPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let Some(view) = place.provisioning.clone() else {
        let connection = place.console.href(Section::Connection);
        return view! {
            <p class="okta-empty">
                "Connect an Okta app first. " <a rel="external" href=connection>"Go to the connection"</a>
            </p>
        }
        .into_any();
    };
    let ProvisioningView {
        state,
        new_token,
        shown,
        search,
        is_later,
    } = view;
    let tabs =
        view! { <Tabs address=place.address.clone() shown=shown.clone() state=state.clone()/> };
    let tabs = tabs.into_any();
    let list = match shown {
        Shown::Setup => {
            let page = place.address;
            view! { <Setup state new_token page/> }.into_any()
        }
        Shown::People(people) => view! { <People people search is_later place/> }.into_any(),
        Shown::Person(record) => {
            let connection = settings.connection;
            view! { <Person record=*record connection place/> }.into_any()
        }
        Shown::Nobody => {
            view! { <p class="okta-empty">"There is no such person. Okta may have deleted them."</p> }
                .into_any()
        }
        Shown::Groups(groups) => view! { <Groups groups search is_later place/> }.into_any(),
        Shown::Requests { page, only_refused } => {
            let address = with_query(&place.address, [(LIST, "requests")]);
            view! { <Requests page only_refused address is_later/> }.into_any()
        }
    };
    view! {
        {tabs}
        {list}
    }
    .into_any()
}

/// The section's pages, with what is in them.
#[component]
fn Tabs(address: String, shown: Shown, state: Provisioning) -> impl IntoView {
    let current = match shown {
        Shown::Setup => "",
        Shown::People(_) | Shown::Person(_) | Shown::Nobody => "people",
        Shown::Groups(_) => "groups",
        Shown::Requests { .. } => "requests",
    };
    let tabs = [
        ("", "Setup".to_owned()),
        ("people", format!("People ({})", state.people)),
        ("groups", format!("Groups ({})", state.groups)),
        ("requests", format!("Requests ({})", state.requests)),
    ];
    let tabs = tabs.map(|(list, title)| {
        let name = Some(list).filter(|list| !list.is_empty());
        let href = with_query(&address, name.map(|list| (LIST, list)));
        view! {
            <li>
                <a rel="external" href=href aria-current=(list == current).then_some("page")>
                    {title}
                </a>
            </li>
        }
    });
    view! {
        <nav class="okta-tabs" aria-label="Provisioning">
            <ul>{tabs.collect_view()}</ul>
        </nav>
    }
}

#[component]
fn Setup(state: Provisioning, new_token: Option<String>, page: String) -> impl IntoView {
    let Provisioning {
        base_url,
        tokens,
        token_endpoint,
        clients,
        options,
        draft,
        roles,
        last_request,
        refused,
        ..
    } = state;
    let is_on = !tokens.is_empty() || !clients.is_empty();
    let status = view! { <State is_on last_request refused page=page.clone()/> };
    let status = status.into_any();
    let (given, tokens) = tokens.into_iter().partition(|token| token.client.is_some());
    view! {
        {status}
        <section class="okta-card" aria-labelledby="okta-provisioning-values">
            <h2 id="okta-provisioning-values">"Values for Okta"</h2>
            <Address label="Base URL" id="okta-scim-base-url" address=base_url/>
            {view! { <Tokens tokens new_token page=page.clone()/> }.into_any()}
        </section>
        {view! { <Steps/> }.into_any()}
        {view! { <Options options draft roles page=page.clone()/> }.into_any()}
        {view! { <Clients token_endpoint clients given page/> }.into_any()}
    }
}

#[component]
fn State(
    is_on: bool,
    last_request: Option<ScimRequest>,
    refused: usize,
    page: String,
) -> impl IntoView {
    let (tone, text) = match (is_on, &last_request) {
        (false, _) => (Tone::Neutral, "Off"),
        (true, None) => (Tone::Neutral, "Waiting for Okta"),
        (true, Some(request)) if request.is_refused() => (Tone::Warning, "Last request refused"),
        (true, Some(_)) => (Tone::Good, "On"),
    };
    let errors = with_query(&page, [(LIST, "requests"), ("refused", "yes")]);
    view! {
        <section class="okta-card" aria-labelledby="okta-provisioning-state">
            <div class="okta-card-head">
                <h2 id="okta-provisioning-state">"State"</h2>
                <Badge tone text/>
            </div>
            <p>
                "Okta creates, updates, and deactivates people in this app, and pushes groups. Whoever Okta deactivates is \
                 signed out at once, on every server."
            </p>
            {last_request
                .map(|request| {
                    view! {
                        <p>
                            "Last request: " <code>{request.method} " " {request.path}</code> " answered with "
                            {request.status} ", " <Moment at=request.at/>
                        </p>
                    }
                })}
            {(refused > 0)
                .then(|| {
                    view! {
                        <p>
                            <a rel="external" href=errors>{match refused {
                                    1 => "Show the refused request".to_owned(),
                                    refused => format!("Show the {refused} refused requests"),
                                }}</a>
                        </p>
                    }
                })}
        </section>
    }
}

/// By the words of Okta's own admin console.
#[component]
fn Steps() -> impl IntoView {
    view! {
        <section class="okta-card" aria-labelledby="okta-provisioning-steps">
            <h2 id="okta-provisioning-steps">"Steps in Okta"</h2>
            <ol class="okta-instructions">
                <li>
                    "Open " <b>"Applications → Applications"</b> ", choose " <b>"Browse App Catalog"</b>
                    ", and add " <b>"SCIM 2.0 Test App (Header Auth)"</b>
                    ". An app integration with OIDC has no provisioning of its own."
                </li>
                <li>
                    "On its tab " <b>"Provisioning"</b> ", choose " <b>"Configure API Integration"</b> " and select "
                    <b>"Enable API integration"</b> "."
                </li>
                <li>
                    "Paste the base URL into " <b>"Base URL"</b> " and the token into " <b>"API Token"</b> ". Choose "
                    <b>"Test API Credentials"</b> ", then " <b>"Save"</b> "."
                </li>
                <li>
                    "Under " <b>"To App"</b> ", choose " <b>"Edit"</b> ", enable " <b>"Create Users"</b> ", "
                    <b>"Update User Attributes"</b> ", and " <b>"Deactivate Users"</b> ", then " <b>"Save"</b> "."
                </li>
                <li>
                    "Below, in the attribute mappings, make sure that " <b>"externalId"</b> " is " <code>"user.getInternalProperty(\"id\")"</code>
                    ". It links a person to their sign-in."
                </li>
                <li>"On the tab " <b>"Assignments"</b> ", assign the people and groups who may use this app."</li>
                <li>
                    "On the tab " <b>"Push Groups"</b>
                    ", push the groups that give roles here. Then choose “What Okta pushes by SCIM (provisioning)” as the group \
                     source, under Connection → Advanced options."
                </li>
            </ol>
        </section>
    }
}
