//! What the lists have in common: a search above them, a table, and pages to turn below.

use leptos::prelude::*;

use crate::settings::{console::Console, section::Section};

/// Searches a list by a text.
#[component]
pub(super) fn SearchForm(
    console: Console,
    section: Section,
    /// What else it can be searched by.
    #[prop(optional)]
    field: Option<AnyView>,
    label: &'static str,
    /// Of the text, in the address.
    name: &'static str,
    text: Option<String>,
    placeholder: &'static str,
    button: &'static str,
    /// The address of the whole list, while this is a part of it.
    whole: Option<String>,
) -> impl IntoView {
    let id = format!("okta-{name}");
    let hidden = console.hidden_parameters(section);
    view! {
        <form class="okta-filter" method="get" action=console.href(section) role="search">
            {hidden
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                .collect_view()}
            {field}
            <div>
                <label for=id.clone()>{label}</label>
                <input
                    id=id
                    name=name
                    maxlength="255"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=placeholder
                    value=text
                />
            </div>
            <button type="submit">{button}</button>
            {whole
                .map(|address| {
                    view! {
                        <a rel="external" href=address>
                            "Clear"
                        </a>
                    }
                })}
        </form>
    }
}

/// A table where there is room, cards on a phone.
#[component]
pub(super) fn Table(
    /// For the stylesheet.
    class: &'static str,
    /// What the columns are called.
    columns: &'static [&'static str],
    /// What the last column is called for whoever is read the table, if nobody has to see that.
    #[prop(optional)]
    unseen: Option<&'static str>,
    rows: Vec<AnyView>,
) -> impl IntoView {
    let columns = columns.iter().map(|name| {
        view! {
            <th scope="col" role="columnheader">
                {*name}
            </th>
        }
    });
    let unseen = unseen.map(|name| {
        view! {
            <th scope="col" role="columnheader">
                <span class="okta-hidden">{name}</span>
            </th>
        }
    });
    view! {
        // Roles are repeated because some browsers drop a table's semantics when it is displayed as
        // cards.
        <table class=class role="table">
            <thead role="rowgroup">
                <tr role="row">{columns.collect_view()} {unseen}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

/// Links to other pages of a list, each a label, a relation, and an address, if there is such a
/// page.
#[component]
pub(super) fn Pager(
    label: &'static str,
    turns: [(&'static str, &'static str, Option<String>); 2],
) -> impl IntoView {
    let turns = turns.map(|(label, rel, href)| view! { <Turn label rel href/> });
    view! {
        <nav class="okta-pager" aria-label=label>
            {turns.collect_view()}
        </nav>
    }
}

/// Rendered even without a target, so that the other link doesn't move.
#[component]
fn Turn(label: &'static str, rel: &'static str, href: Option<String>) -> impl IntoView {
    match href {
        Some(href) => view! {
            <a class="okta-turn" rel=rel href=href>
                {label}
            </a>
        }
        .into_any(),
        None => view! {
            <span class="okta-turn" aria-hidden="true">
                {label}
            </span>
        }
        .into_any(),
    }
}
