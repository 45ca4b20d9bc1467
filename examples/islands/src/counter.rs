//! The only part of the app that runs in the browser.

use leptos::prelude::*;

/// An island knows what it is told: who is signed in comes from the server, too.
#[island]
pub(crate) fn Counter(name: String) -> impl IntoView {
    let votes = RwSignal::new(0);
    let vote = move |_| votes.update(|votes| *votes += 1);
    view! {
        <button type="button" on:click=vote>
            {name}
            ": "
            {votes}
        </button>
    }
}
