//! One person: what Okta sent of them, what they may do here, where they are signed in, and what happened.

use axum_okta::settings::{ProvisionedPerson, ProvisionedPersonRecord, ScimRequest};
use leptos::prelude::*;
use okta_types::{AuditEntry, ConnectionSummary, SessionSummary};
use serde_json::Value;

use super::{LIST, log, people::StateBadge};
use crate::settings::{
    console::with_query,
    page::{Place, activity, parts::Moment, people},
    section::Section,
};

#[component]
pub(super) fn Person(
    record: ProvisionedPersonRecord,
    connection: Option<ConnectionSummary>,
    place: Place,
) -> impl IntoView {
    let ProvisionedPersonRecord {
        person,
        roles,
        sessions,
        activity,
        requests,
        ..
    } = record;
    let all = with_query(&place.address, [(LIST, "people")]);
    let page = with_query(&all, [("id", person.id.as_str())]);
    let subject = person.external_id.clone();
    let facts = view! { <Facts person roles back=all/> };
    let signed_in = view! { <SignedIn sessions connection page/> };
    let activity_of = subject.map(|subject| {
        let whole = place.console.href(Section::Activity);
        let whole = with_query(&whole, [("person", subject.as_str())]);
        view! { <Activity entries=activity whole/> }.into_any()
    });
    let requests = view! { <Requests requests/> };
    view! {
        {facts.into_any()}
        {signed_in.into_any()}
        {activity_of}
        {requests.into_any()}
    }
}

#[component]
fn Facts(person: ProvisionedPerson, roles: Option<Vec<String>>, back: String) -> impl IntoView {
    let name = person.display_name();
    let roles = match (roles, &person.external_id) {
        (_, None) => "None: no sign-in is linked".to_owned(),
        (Some(_), _) if !person.active => "None: deactivated people can’t sign in".to_owned(),
        (Some(roles), _) if roles.is_empty() => "None".to_owned(),
        (Some(roles), _) => roles.join(", "),
        (None, _) => "Depend on the groups that Okta sends with each sign-in".to_owned(),
    };
    let groups = match person.groups.is_empty() {
        true => "None".to_owned(),
        false => person.groups.join(", "),
    };
    let attributes = person.attributes.into_iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text,
            value => value.to_string(),
        };
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    });
    view! {
        <section class="okta-card" aria-labelledby="okta-person">
            <div class="okta-card-head">
                <h2 id="okta-person">{name}</h2>
                <StateBadge active=person.active/>
            </div>
            <dl class="okta-facts">
                <div>
                    <dt>"ID in this app"</dt>
                    <dd>
                        <code>{person.id}</code>
                    </dd>
                </div>
                <div>
                    <dt>"Subject (Okta ID)"</dt>
                    <dd>{person.external_id.unwrap_or_else(|| "None: no sign-in is linked".to_owned())}</dd>
                </div>
                <div>
                    <dt>"Roles"</dt>
                    <dd>{roles}</dd>
                </div>
                <div>
                    <dt>"Groups"</dt>
                    <dd>{groups}</dd>
                </div>
                <div>
                    <dt>"Created"</dt>
                    <dd>
                        <Moment at=person.created_at/>
                    </dd>
                </div>
                <div>
                    <dt>"Changed"</dt>
                    <dd>
                        <Moment at=person.changed_at/>
                    </dd>
                </div>
            </dl>
            <h3>"Attributes"</h3>
            <dl class="okta-facts">{attributes.collect_view()}</dl>
            <p>
                <a rel="external" href=back>
                    "All people"
                </a>
            </p>
        </section>
    }
}

#[component]
fn SignedIn(
    sessions: Vec<SessionSummary>,
    connection: Option<ConnectionSummary>,
    page: String,
) -> impl IntoView {
    let list = match sessions.is_empty() {
        true => view! { <p class="okta-empty">"Not signed in."</p> }.into_any(),
        false => view! { <people::Sessions sessions connection page/> }.into_any(),
    };
    view! {
        <section class="okta-card" aria-labelledby="okta-sessions">
            <h2 id="okta-sessions">"Sessions"</h2>
            {list}
        </section>
    }
}

#[component]
fn Activity(entries: Vec<AuditEntry>, whole: String) -> impl IntoView {
    let list = match entries.is_empty() {
        true => view! { <p class="okta-empty">"No activity yet."</p> }.into_any(),
        false => view! { <activity::Entries entries/> }.into_any(),
    };
    view! {
        <section class="okta-card" aria-labelledby="okta-person-activity">
            <div class="okta-card-head">
                <h2 id="okta-person-activity">"Activity"</h2>
                <p>
                    <a rel="external" href=whole>
                        "Show what this person did"
                    </a>
                </p>
            </div>
            {list}
        </section>
    }
}

#[component]
fn Requests(requests: Vec<ScimRequest>) -> impl IntoView {
    let list = match requests.is_empty() {
        true => {
            view! { <p class="okta-empty">"There are no such requests any more."</p> }.into_any()
        }
        false => view! { <log::Entries requests/> }.into_any(),
    };
    view! {
        <section class="okta-card" aria-labelledby="okta-person-requests">
            <h2 id="okta-person-requests">"Requests from Okta about this person"</h2>
            {list}
        </section>
    }
}
