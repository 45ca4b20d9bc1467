//! All connections, a page at a time, and the way to a new one.

use leptos::prelude::*;
use okta_types::{ConnectionPage, ConnectionQuery, ConnectionSummary, OpenSettings};

use super::{
    Place,
    list::{Pager, SearchForm, Table},
    parts::{Badge, Tone},
    setup_links::OpenSetupLinks,
};
use crate::settings::{
    console::{CONNECTION, Console, with_query},
    section::Section,
};

#[component]
pub(super) fn ConnectionsPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let Place {
        console,
        address,
        connections,
        connection_query,
        ..
    } = place;
    let ConnectionPage {
        connections,
        total,
        next,
        ..
    } = connections;
    let ConnectionQuery { search, after, .. } = connection_query;
    let filtered = with_query(&address, search.as_deref().map(|text| ("search", text)));
    let first = after.map(|_| filtered.clone());
    let more = next.map(|place| with_query(&filtered, [("after", place.as_str())]));
    let is_filtered = search.is_some();
    let count = match total {
        1 => "1 connection".to_owned(),
        total => format!("{total} connections"),
    };
    let list = match connections.is_empty() {
        true => view! { <p class="okta-empty">"No connection matches this search."</p> }.into_any(),
        false => view! { <List connections console=console.clone()/> }.into_any(),
    };
    let search = view! {
        <SearchForm
            console=console.clone()
            section=Section::Connections
            label="Connection"
            name="search"
            text=search
            placeholder="Name, organization, or issuer"
            button="Search"
            whole=is_filtered.then_some(address)
        />
    };
    let turns = [
        ("First", "external first", first),
        ("More", "external next", more),
    ];
    let pager = view! { <Pager label="Pages of the connections" turns/> };
    let links = settings.setup_links;
    let links = (!links.is_empty()).then(|| {
        let console = console.clone();
        view! { <OpenSetupLinks links console/> }.into_any()
    });
    view! {
        {search.into_any()}
        <section class="okta-card" aria-labelledby="okta-connections">
            <h2 id="okta-connections">{count}</h2>
            {list}
            {pager.into_any()}
        </section>
        {links}
        {settings.is_super.then(|| view! { <NewConnection console/> }.into_any())}
    }
}

#[component]
fn List(connections: Vec<ConnectionSummary>, console: Console) -> impl IntoView {
    let rows = connections.into_iter().map(|connection| {
        let href = console
            .clone()
            .of(Some(connection.name.clone()))
            .href(Section::Overview);
        view! { <Row connection href/> }.into_any()
    });
    let columns = &["Connection", "Organization", "Issuer", "State"];
    let rows = rows.collect();
    view! { <Table class="okta-entries okta-connection-table" columns rows/> }
}

#[component]
fn Row(connection: ConnectionSummary, href: String) -> impl IntoView {
    let (tone, state) = match (connection.managed, connection.enabled) {
        (true, _) => (Tone::Good, "Managed"),
        (false, true) => (Tone::Good, "Enabled"),
        (false, false) => (Tone::Neutral, "Disabled"),
    };
    let name = connection.name;
    view! {
        <tr role="row" data-connection=name>
            <td role="cell">
                <a rel="external" href=href>{connection.options.display_name}</a>
                <span class="okta-session-more">{name.clone()}</span>
            </td>
            <td role="cell">{connection.organization}</td>
            <td role="cell">
                <code>{connection.issuer}</code>
            </td>
            <td role="cell">
                <Badge tone text=state/>
                {connection.listed.then(|| view! { <Badge tone=Tone::Neutral text="Listed"/> })}
            </td>
        </tr>
    }
}

/// Leads to the settings of a connection that isn't there yet, which ask for its Okta app.
#[component]
fn NewConnection(console: Console) -> impl IntoView {
    let hidden = console.hidden_parameters(Section::Connection);
    let hidden = hidden.into_iter().filter(|(name, _)| *name != CONNECTION);
    let action = console.clone().of(None).href(Section::Connection);
    view! {
        <section class="okta-card" aria-labelledby="okta-new">
            <h2 id="okta-new">"New connection"</h2>
            <p>
                "For another organization with its own Okta. The connection’s name becomes part of the redirect URI and can’t be \
                 changed later."
            </p>
            <form class="okta-form" method="get" action=action>
                {hidden
                    .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                    .collect_view()}
                <label for="okta-name">"Name"</label>
                <input
                    id="okta-name"
                    name=CONNECTION
                    required
                    maxlength="64"
                    pattern="[a-z0-9][a-z0-9\\-]*"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder="acme"
                    aria-describedby="okta-name-hint"
                />
                <p class="okta-hint" id="okta-name-hint">
                    "Lower-case letters a to z, digits, and hyphens."
                </p>
                <p class="okta-form-actions">
                    <button type="submit">"Continue"</button>
                </p>
            </form>
        </section>
    }
}
