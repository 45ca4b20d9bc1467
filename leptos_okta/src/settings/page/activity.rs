//! What happened, newest first.

use leptos::prelude::*;
use okta_types::{AuditEntry, AuditPage};

/// `older` is whether the newest entries are not among these.
#[component]
pub(super) fn Audit(page: AuditPage, older: bool, here: String) -> impl IntoView {
    let next = page
        .next
        .map(|next| view! { <a rel="external next" href=format!("{here}?older={next}#okta-audit")>"Older"</a> });
    let newest =
        older.then(|| view! { <a rel="external" href=format!("{here}#okta-audit")>"Newest"</a> });
    view! {
        <section class="okta-card" aria-labelledby="okta-audit">
            <h2 id="okta-audit">"What happened"</h2>
            // Wider than a telephone: it scrolls by itself, with the keyboard too. The section is its landmark.
            <div class="okta-scroll" role="group" aria-labelledby="okta-audit" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Who"</th>
                            <th scope="col">"From"</th>
                            <th scope="col">"Details"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {page
                            .entries
                            .into_iter()
                            .map(|entry| view! { <Entry entry/> })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
            <p class="okta-pages">{newest} {next}</p>
        </section>
    }
}

#[component]
fn Entry(entry: AuditEntry) -> impl IntoView {
    view! {
        <tr data-event=entry.event.as_str()>
            <td>{entry.at.to_string()}</td>
            <td>{entry.event.title()}</td>
            <td>{entry.actor.to_string()}</td>
            <td>{entry.address}</td>
            <td>{entry.detail}</td>
        </tr>
    }
}
