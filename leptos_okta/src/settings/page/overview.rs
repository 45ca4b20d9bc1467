//! How things stand, at a glance.

use std::collections::BTreeSet;

use leptos::prelude::*;
use okta_types::{
    AdminSummary, AuditEntry, ConnectionSummary, OpenSettings, RecentActivity, RoleTable,
};

use super::{
    Place,
    activity::{Entries, Person},
    attention::{self, Attention},
    checks::Checks,
    connected::{Facts, title},
    form::{ConnectionFields, Values},
    instructions::Instructions,
    parts::{Badge, Moment, SignIn, Tone},
};
use crate::settings::section::Section;

/// As many entries as fit below the rest.
const RECENT_ENTRIES: usize = 5;

#[component]
pub(super) fn OverviewPage(settings: OpenSettings, place: Place) -> impl IntoView {
    if settings.connection.is_none() {
        return view! { <FirstSteps settings place/> }.into_any();
    }
    let items = attention::items(&settings, &place.console);
    let calm = items.is_empty() && !settings.makes_admin;
    let OpenSettings {
        connection,
        makes_admin,
        admins,
        roles,
        recent,
        admin_group,
        audit,
        by_link,
        ..
    } = settings;
    let entries: Vec<AuditEntry> = audit.entries.into_iter().take(RECENT_ENTRIES).collect();
    let Place {
        console, sign_in, ..
    } = place;
    let roles_link = console.href(Section::Roles);
    view! {
        {makes_admin.then(|| view! { <LastStep by_link sign_in/> }.into_any())}
        {(!items.is_empty()).then(|| view! { <Attention items/> }.into_any())}
        {connection
            .map(|connection| {
                view! { <State connection calm href=console.href(Section::Connection)/> }.into_any()
            })}
        {(!by_link)
            .then(|| {
                view! {
                    {view! { <Tiles recent admins roles admin_group roles_link/> }.into_any()}
                    {view! { <Recent entries href=console.href(Section::Activity)/> }.into_any()}
                }
                    .into_any()
            })}
    }
    .into_any()
}

/// Who signed in last, and who may do what.
#[component]
fn Tiles(
    recent: RecentActivity,
    admins: Vec<AdminSummary>,
    roles: RoleTable,
    admin_group: Option<String>,
    roles_link: String,
) -> impl IntoView {
    let roles: BTreeSet<String> = roles
        .rules
        .into_iter()
        .map(|rule| rule.role)
        .chain(roles.default_role)
        .collect();
    let admin_names: Vec<String> = admins
        .into_iter()
        .map(|admin| {
            if admin.name.is_empty() {
                admin.subject
            } else {
                admin.name
            }
        })
        .collect();
    let by_group = admin_group.map(|group| format!("Plus everyone in {group}"));
    view! {
        <ul class="okta-tiles">
            <li>
                <h2>"Last sign-in"</h2>
                {match recent.last_sign_in {
                    Some(entry) => {
                        view! {
                            <p class="okta-figure">
                                <Moment at=entry.at/>
                            </p>
                            <p class="okta-hint">
                                <Person actor=entry.actor/>
                            </p>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <p class="okta-figure">"None yet"</p>
                            <p class="okta-hint">"Sign-ins appear here as soon as somebody signs in."</p>
                        }
                            .into_any()
                    }
                }}
            </li>
            <li>
                <h2>
                    <a rel="external" href=format!("{roles_link}#okta-admins")>"Named admins"</a>
                </h2>
                <p class="okta-figure">{admin_names.len()}</p>
                <p class="okta-hint">{joined(admin_names, by_group.is_none().then_some("Nobody yet"))} {by_group}</p>
            </li>
            <li>
                <h2>
                    <a rel="external" href=roles_link>"Roles in use"</a>
                </h2>
                <p class="okta-figure">{roles.len()}</p>
                <p class="okta-hint">{joined(roles, Some("Map groups to roles to get started"))}</p>
            </li>
        </ul>
    }
}

/// The first few names.
fn joined(names: impl IntoIterator<Item = String>, none: Option<&str>) -> String {
    const SHOWN: usize = 4;
    let names: Vec<String> = names.into_iter().collect();
    match names.len() {
        0 => none.unwrap_or_default().to_owned(),
        number if number > SHOWN => {
            format!("{} and {} more", names[..SHOWN].join(", "), number - SHOWN)
        }
        _ => names.join(", "),
    }
}

#[component]
fn State(connection: ConnectionSummary, calm: bool, href: String) -> impl IntoView {
    let badge = if connection.managed {
        view! { <Badge tone=Tone::Good text="Managed"/> }
    } else {
        view! { <Badge tone=Tone::Good text="Connected"/> }
    };
    view! {
        <section class="okta-card okta-connected" aria-labelledby="okta-connected">
            <div class="okta-card-head">
                <h2 id="okta-connected">{title(&connection)}</h2>
                {badge}
            </div>
            {calm.then(|| view! { <p class="okta-calm">"Everything looks good."</p> })}
            <Facts connection/>
            <p class="okta-card-foot">
                <a rel="external" href=href>"Manage connection"</a>
            </p>
        </section>
    }
}

#[component]
fn Recent(entries: Vec<AuditEntry>, href: String) -> impl IntoView {
    view! {
        <section class="okta-card" aria-labelledby="okta-recent">
            <div class="okta-card-head">
                <h2 id="okta-recent">"Recent activity"</h2>
                <a rel="external" href=href>"View all"</a>
            </div>
            <Entries entries/>
        </section>
    }
}

/// How to get from nothing to a first admin.
#[component]
fn FirstSteps(settings: OpenSettings, place: Place) -> impl IntoView {
    let OpenSettings {
        redirect_uris,
        draft,
        report,
        by_link,
        ..
    } = settings;
    let saving = draft.is_some();
    let values = Values::new(draft, None, None);
    view! {
        <p class="okta-intro">
            <Badge tone=Tone::Neutral text="Not connected"/>
            "Three steps, and people can sign in with Okta."
        </p>
        {report.map(|report| view! { <Checks report saving/> }.into_any())}
        <ol class="okta-steps">
            <li>
                <h2>"Create the app in Okta"</h2>
                {view! { <Instructions redirect_uris managed=false/> }.into_any()}
            </li>
            <li>
                <h2>"Paste its credentials"</h2>
                {view! { <ConnectionFields values page=place.address/> }.into_any()}
            </li>
            <li data-state="later">
                <h2>"Sign in"</h2>
                <p>"Once Okta is connected, sign in from this browser. " {becomes_admin(by_link)}</p>
            </li>
        </ol>
    }
}

/// Connected, but without an admin.
#[component]
fn LastStep(by_link: bool, sign_in: String) -> impl IntoView {
    let over = match by_link {
        true => " The setup link stops working then.",
        false => " The setup code stops working then.",
    };
    view! {
        <ol class="okta-steps">
            <li data-state="done">
                <h2>"Create the app in Okta"</h2>
            </li>
            <li data-state="done">
                <h2>"Paste its credentials"</h2>
            </li>
            <li>
                <h2>"Sign in to become the admin"</h2>
                <p class="okta-next">{becomes_admin(by_link)} {over}</p>
                <SignIn address=sign_in/>
            </li>
        </ol>
    }
}

pub(super) fn becomes_admin(by_link: bool) -> &'static str {
    match by_link {
        true => {
            "The first person to sign in from this browser becomes the admin of this connection."
        }
        false => "The first person to sign in from this browser becomes the admin of this app.",
    }
}
