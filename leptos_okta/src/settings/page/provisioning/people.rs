//! People and groups that Okta has pushed.

use axum_okta::settings::{
    ProvisionedGroup, ProvisionedGroups, ProvisionedPeople, ProvisionedPerson,
};
use leptos::prelude::*;

use super::{AFTER, LIST, SEARCH};
use crate::settings::{
    console::with_query,
    page::{
        Place,
        list::{Pager, SearchForm, Table},
        parts::{Badge, Moment, Tone},
    },
    section::Section,
};

/// A list with its search, as both kinds have it.
#[component]
fn Searched(
    place: Place,
    list: &'static str,
    label: &'static str,
    placeholder: &'static str,
    search: Option<String>,
    next: Option<String>,
    is_later: bool,
    /// The table, or what to say instead.
    rows: AnyView,
) -> impl IntoView {
    let whole = with_query(&place.address, [(LIST, list)]);
    let filtered = with_query(&whole, search.as_deref().map(|text| (SEARCH, text)));
    let first = is_later.then(|| filtered.clone());
    let later = next.map(|place| with_query(&filtered, [(AFTER, place.as_str())]));
    let is_filtered = search.is_some();
    let form = view! {
        <SearchForm
            console=place.console
            section=Section::Provisioning
            field=view! { <input type="hidden" name=LIST value=list/> }.into_any()
            label
            name=SEARCH
            text=search
            placeholder
            button="Search"
            whole=is_filtered.then_some(whole)
        />
    };
    let turns = [
        ("First", "external first", first),
        ("Next", "external next", later),
    ];
    view! {
        {form.into_any()}
        <section class="okta-card">
            {rows}
            {view! { <Pager label="Pages of the list" turns/> }.into_any()}
        </section>
    }
}

#[component]
pub(super) fn People(
    people: ProvisionedPeople,
    search: Option<String>,
    is_later: bool,
    place: Place,
) -> impl IntoView {
    let ProvisionedPeople { people, next, .. } = people;
    let rows = match people.is_empty() {
        true => empty(search.is_some(), "Okta has pushed nobody yet."),
        false => {
            let address = with_query(&place.address, [(LIST, "people")]);
            let columns = &["Person", "Groups", "State", "Changed"];
            let rows = people.into_iter().map(|person| {
                let href = with_query(&address, [("id", person.id.as_str())]);
                view! { <PersonRow person href/> }.into_any()
            });
            let rows = rows.collect();
            view! { <Table class="okta-entries okta-provisioned" columns rows/> }.into_any()
        }
    };
    view! {
        <Searched
            place
            list="people"
            label="Person"
            placeholder="Name, email, or Okta ID"
            search
            next
            is_later
            rows
        />
    }
}

fn empty(is_filtered: bool, nothing: &'static str) -> AnyView {
    let text = match is_filtered {
        true => "Nothing matches this search.",
        false => nothing,
    };
    view! { <p class="okta-empty">{text}</p> }.into_any()
}

#[component]
pub(super) fn StateBadge(active: bool) -> impl IntoView {
    match active {
        true => view! { <Badge tone=Tone::Good text="Active"/> },
        false => view! { <Badge tone=Tone::Neutral text="Deactivated"/> },
    }
}

#[component]
fn PersonRow(person: ProvisionedPerson, href: String) -> impl IntoView {
    let name = person.display_name();
    view! {
        <tr role="row" data-person=person.id>
            <td role="cell">
                <a rel="external" href=href>
                    {name}
                </a>
                <span class="okta-session-more">{person.user_name}</span>
            </td>
            <td role="cell">{person.groups.join(", ")}</td>
            <td role="cell">
                <StateBadge active=person.active/>
            </td>
            <td role="cell">
                <Moment at=person.changed_at/>
            </td>
        </tr>
    }
}

#[component]
pub(super) fn Groups(
    groups: ProvisionedGroups,
    search: Option<String>,
    is_later: bool,
    place: Place,
) -> impl IntoView {
    let ProvisionedGroups { groups, next, .. } = groups;
    let rows = match groups.is_empty() {
        true => empty(search.is_some(), "Okta has pushed no groups yet."),
        false => {
            let columns = &["Group", "Members", "Changed"];
            let rows = groups
                .into_iter()
                .map(|group| view! { <GroupRow group/> }.into_any())
                .collect();
            view! { <Table class="okta-entries okta-provisioned" columns rows/> }.into_any()
        }
    };
    view! {
        <Searched
            place
            list="groups"
            label="Group"
            placeholder="Name"
            search
            next
            is_later
            rows
        />
    }
}

#[component]
fn GroupRow(group: ProvisionedGroup) -> impl IntoView {
    view! {
        <tr role="row" data-group=group.id>
            <td role="cell">{group.name}</td>
            <td role="cell">{group.members}</td>
            <td role="cell">
                <Moment at=group.changed_at/>
            </td>
        </tr>
    }
}
