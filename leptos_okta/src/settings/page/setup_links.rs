//! Links to send to whoever is to set up a connection.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{NewSetupLink, SetupLinkForm, SetupLinkState, SetupLinkSummary};

use super::{
    instructions::Address,
    parts::{Badge, Moment, PageField, Tone},
};
use crate::settings::{
    console::Console,
    section::Section,
    server_functions::{MakeSetupLink, RevokeSetupLink},
};

/// Those of one connection, and the way to a new one.
#[component]
pub(super) fn SetupLinks(
    links: Vec<SetupLinkSummary>,
    /// The one that was just made.
    made: Option<NewSetupLink>,
    page: String,
) -> impl IntoView {
    let made = made.map(|made| view! { <Made made/> }.into_any());
    let rows = links.into_iter().map(|link| {
        let page = page.clone();
        view! { <Row link page/> }.into_any()
    });
    let rows = rows.collect_view();
    view! {
        <section class="okta-card" aria-labelledby="okta-setup-links">
            <h2 id="okta-setup-links">"Setup links"</h2>
            <p>
                "Let the organization connect its own Okta: send a link to its admin. Whoever opens it sees the settings of \
                 this connection only, and becomes its admin with the first sign-in."
            </p>
            {made}
            <ul class="okta-domains">{rows}</ul>
            {view! { <NewLink page/> }.into_any()}
        </section>
    }
}

#[component]
fn Made(made: NewSetupLink) -> impl IntoView {
    view! {
        <div class="okta-note" role="status">
            <p>
                "Copy the link now and send it. It isn’t shown again. Whoever has it can set up this connection until "
                <Moment at=made.link.ends_at/> "."
            </p>
            <Address label="Setup link" id="okta-new-setup-link" address=made.address/>
        </div>
    }
}

#[component]
fn NewLink(page: String) -> impl IntoView {
    let days = SetupLinkForm::default().days;
    view! {
        <form class="okta-form" method="post" action=MakeSetupLink::url()>
            <PageField page/>
            <label for="okta-link-note">"For"</label>
            <input
                id="okta-link-note"
                name="note"
                maxlength="255"
                autocomplete="off"
                placeholder="it@acme.com"
                aria-describedby="okta-link-note-hint"
            />
            <p class="okta-hint" id="okta-link-note-hint">
                "To tell links apart. Nothing is sent."
            </p>
            <label for="okta-link-days">"Valid for days"</label>
            <input id="okta-link-days" name="days" type="number" min="1" max="30" required value=days/>
            <p class="okta-form-actions">
                <button type="submit">"Create setup link"</button>
            </p>
        </form>
    }
}

#[component]
fn Row(link: SetupLinkSummary, page: String) -> impl IntoView {
    let (tone, state, when) = match link.state {
        SetupLinkState::Open => (Tone::Good, "Open", "Until "),
        SetupLinkState::Used => (Tone::Neutral, "Used", "On "),
        SetupLinkState::Revoked => (Tone::Neutral, "Revoked", "On "),
        _ => (Tone::Neutral, "Expired", "On "),
    };
    let name = named(&link.note);
    let opened = match link.opened_at {
        Some(at) => view! { " · Opened " <Moment at/> }.into_any(),
        None => " · Not opened yet".into_any(),
    };
    let made_by = (!link.made_by.is_empty()).then(|| format!(" by {}", link.made_by));
    let revoke = (link.state == SetupLinkState::Open).then(|| {
        let label = format!("Revoke the link for {name}");
        view! {
            <form method="post" action=RevokeSetupLink::url()>
                <PageField page/>
                <input type="hidden" name="id" value=link.id.clone()/>
                <button type="submit" class="okta-quiet" aria-label=label>
                    "Revoke"
                </button>
            </form>
        }
        .into_any()
    });
    view! {
        <li data-setup-link=link.state.as_str()>
            <strong>{name}</strong>
            <Badge tone text=state/>
            <span class="okta-hint">
                {when} <Moment at=link.ends_at/> " · Created " <Moment at=link.made_at/> {made_by} {opened}
            </span>
            <div class="okta-actions">{revoke}</div>
        </li>
    }
}

/// Those of all connections that still work: some lead to connections that aren't there yet.
#[component]
pub(super) fn OpenSetupLinks(links: Vec<SetupLinkSummary>, console: Console) -> impl IntoView {
    let rows = links.into_iter().map(|link| {
        let connection = Some(link.connection.clone());
        let href = console.clone().of(connection).href(Section::Connection);
        let name = named(&link.note);
        view! {
            <li data-setup-link=link.connection>
                <a rel="external" href=href>{link.connection.clone()}</a>
                <span class="okta-hint">{name} " · Until " <Moment at=link.ends_at/></span>
            </li>
        }
    });
    view! {
        <section class="okta-card" aria-labelledby="okta-open-setup-links">
            <h2 id="okta-open-setup-links">"Open setup links"</h2>
            <p>"Sent to organizations, and not used yet."</p>
            <ul class="okta-domains">{rows.collect_view()}</ul>
        </section>
    }
}

fn named(note: &str) -> String {
    match note {
        "" => "Anybody".to_owned(),
        note => note.to_owned(),
    }
}
