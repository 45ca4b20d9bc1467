//! The log of requests, newest first.

use axum_okta::settings::{ScimRequest, ScimRequestPage};
use leptos::prelude::*;

use super::AFTER;
use crate::settings::{
    console::with_query,
    page::{
        list::{Pager, Table},
        parts::{Moment, Tone},
    },
};

#[component]
pub(super) fn Requests(
    page: ScimRequestPage,
    only_refused: bool,
    address: String,
    is_later: bool,
) -> impl IntoView {
    let ScimRequestPage { requests, next, .. } = page;
    let refused = with_query(&address, [("refused", "yes")]);
    let shown = match only_refused {
        true => refused.clone(),
        false => address.clone(),
    };
    let (other, label) = match only_refused {
        true => (address, "Show all requests"),
        false => (refused, "Show refused requests only"),
    };
    let newest = is_later.then(|| shown.clone());
    let older = next.map(|place| with_query(&shown, [(AFTER, place.as_str())]));
    let list = match requests.is_empty() {
        true => view! { <p class="okta-empty">"There are no such requests."</p> }.into_any(),
        false => view! { <Entries requests/> }.into_any(),
    };
    let turns = [
        ("Newest", "external first", newest),
        ("Older", "external next", older),
    ];
    view! {
        <section class="okta-card" aria-labelledby="okta-scim-requests">
            <div class="okta-card-head">
                <h2 id="okta-scim-requests">"Requests from Okta"</h2>
                <p>
                    <a rel="external" href=other>
                        {label}
                    </a>
                </p>
            </div>
            <p>"Kept for 90 days, up to 10,000. Tokens and passwords are left out."</p>
            {list}
            {view! { <Pager label="Pages of the requests" turns/> }.into_any()}
        </section>
    }
}

#[component]
pub(super) fn Entries(requests: Vec<ScimRequest>) -> impl IntoView {
    let columns = &["Request", "Status", "Details", "Time"];
    let rows = requests
        .into_iter()
        .map(|request| view! { <Entry request/> }.into_any())
        .collect();
    view! { <Table class="okta-entries okta-requests" columns rows/> }
}

#[component]
fn Entry(request: ScimRequest) -> impl IntoView {
    let tone = if request.is_refused() {
        Tone::Bad
    } else {
        Tone::Neutral
    };
    view! {
        <tr role="row" data-tone=tone.as_str()>
            <td role="cell">
                <code>{request.method} " " {request.path}</code>
            </td>
            <td role="cell">{request.status} ", " {request.milliseconds} " ms"</td>
            <td role="cell">
                {request.detail}
                {request
                    .body
                    .map(|body| {
                        view! {
                            <details>
                                <summary>"Body"</summary>
                                <pre class="okta-body">{body}</pre>
                            </details>
                        }
                    })}
            </td>
            <td role="cell">
                <Moment at=request.at/>
            </td>
        </tr>
    }
}
