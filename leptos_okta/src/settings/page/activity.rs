//! The audit trail, newest first.

use axum_okta::audit::AuditQuery;
use leptos::prelude::*;
use okta_types::{Actor, AuditEntry, AuditEvent, AuditPage, OpenSettings};

use super::{
    Place,
    list::{Pager, SearchForm, Table},
    parts::{Moment, Tone},
};
use crate::settings::{console::with_query, section::Section};

#[component]
pub(super) fn ActivityPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let Place {
        console,
        address,
        export,
        audit,
        ..
    } = place;
    let AuditPage {
        entries,
        next,
        previous,
        ..
    } = settings.audit;
    let filters = filters(&audit);
    let filtered = with_query(&address, filters.clone());
    let download = |format| {
        let pairs = filters.iter().copied().chain([("format", format)]);
        with_query(&export, pairs)
    };
    let (csv, json_lines) = (download("csv"), download("jsonl"));
    let is_filtered = audit.is_filtered();
    let newer = previous.map(|place| with_query(&filtered, [("newer", place.as_str())]));
    let older = next.map(|place| with_query(&filtered, [("older", place.as_str())]));
    let list = if entries.is_empty() {
        let text = if is_filtered {
            "No activity matches this filter."
        } else {
            "No activity yet."
        };
        view! { <p class="okta-empty">{text}</p> }.into_any()
    } else {
        view! { <Entries entries/> }.into_any()
    };
    let search = view! {
        <SearchForm
            console
            section=Section::Activity
            field=view! { <EventField chosen=audit.event/> }.into_any()
            label="Person"
            name="person"
            text=audit.person.clone()
            placeholder="Name or subject"
            button="Filter"
            whole=is_filtered.then(|| address.clone())
        />
    };
    let turns = [
        ("Newer", "external prev", newer),
        ("Older", "external next", older),
    ];
    let pager = view! { <Pager label="Pages of the activity log" turns/> };
    view! {
        {search.into_any()}
        <section class="okta-card" aria-labelledby="okta-audit">
            <div class="okta-card-head">
                <h2 id="okta-audit">"Activity log"</h2>
                <p class="okta-export">
                    "Export " <a rel="external" download="" href=csv>"CSV"</a>
                    <a rel="external" download="" href=json_lines>"JSON lines"</a>
                </p>
            </div>
            {list}
            {pager.into_any()}
        </section>
    }
}

/// The parameters that the page's links keep.
fn filters(audit: &AuditQuery) -> Vec<(&'static str, &str)> {
    let event = audit.event.map(|event| ("event", event.as_str()));
    let person = audit.person.as_deref().map(|person| ("person", person));
    event.into_iter().chain(person).collect()
}

#[component]
fn EventField(chosen: Option<AuditEvent>) -> impl IntoView {
    let options = AuditEvent::ALL.map(|event| {
        view! {
            <option value=event.as_str() selected=chosen == Some(event)>
                {event.title()}
            </option>
        }
    });
    view! {
        <div>
            <label for="okta-event">"Event"</label>
            <select id="okta-event" name="event">
                <option value="">"All events"</option>
                {options.collect_view()}
            </select>
        </div>
    }
}

#[component]
pub(super) fn Entries(entries: Vec<AuditEntry>) -> impl IntoView {
    let columns = &["Event", "Person", "Details", "IP address", "Time"];
    let rows = entries.into_iter();
    let rows = rows
        .map(|entry| view! { <Entry entry/> }.into_any())
        .collect();
    view! { <Table class="okta-entries" columns rows/> }
}

#[component]
fn Entry(entry: AuditEntry) -> impl IntoView {
    view! {
        <tr role="row" data-event=entry.event.as_str() data-tone=tone(entry.event).as_str()>
            <td role="cell" class="okta-event">
                {entry.event.title()}
            </td>
            <td role="cell">{view! { <Person actor=entry.actor/> }.into_any()}</td>
            <td role="cell">{entry.detail}</td>
            <td role="cell">{entry.address}</td>
            <td role="cell">
                <Moment at=entry.at/>
            </td>
        </tr>
    }
}

#[component]
pub(super) fn Person(actor: Actor) -> impl IntoView {
    match actor {
        Actor::Person { name, subject, .. } => {
            view! { <span title=subject>{name}</span> }.into_any()
        }
        other => other.to_string().into_any(),
    }
}

fn tone(event: AuditEvent) -> Tone {
    match event {
        AuditEvent::SignInRefused
        | AuditEvent::SetupCodeRefused
        | AuditEvent::ConnectRefused
        | AuditEvent::Disconnected => Tone::Bad,
        AuditEvent::GroupsMissing
        | AuditEvent::AdminRemoved
        | AuditEvent::ClientKeyRotated
        | AuditEvent::RolesChanged
        | AuditEvent::EndedByAdmin => Tone::Warning,
        AuditEvent::SignedIn | AuditEvent::BecameAdmin | AuditEvent::Connected => Tone::Good,
        _ => Tone::Neutral,
    }
}
