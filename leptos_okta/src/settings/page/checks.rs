//! What the checks said, a line each.

use leptos::prelude::*;
use okta_types::{Check, CheckReport};

#[component]
pub(super) fn Checks(report: CheckReport) -> impl IntoView {
    let summary = if report.passed() {
        "Everything that could be checked is right."
    } else {
        "Not right yet, so nothing was changed. Follow what the failed check says and try again."
    };
    view! {
        <section class="okta-card" aria-labelledby="okta-checks">
            <h2 id="okta-checks">"Checks"</h2>
            <p role="status">{summary}</p>
            <ul class="checks">
                {report
                    .checks
                    .into_iter()
                    .map(|check| view! { <CheckLine check/> })
                    .collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn CheckLine(check: Check) -> impl IntoView {
    view! {
        <li data-check=check.name.as_str() data-status=check.outcome.as_str()>
            <span class="okta-check-name">{check.name.title()}</span>
            <strong class="okta-check-outcome">{check.outcome.title()}</strong>
            <span class="okta-check-message">{check.message}</span>
            {check
                .remedy
                .map(|remedy| view! { <span class="okta-check-remedy">{remedy}</span> })}
        </li>
    }
}
