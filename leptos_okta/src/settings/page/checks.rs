//! The results of the checks, a line each.

use leptos::prelude::*;
use okta_types::{Check, CheckReport, Outcome};

use super::parts::{Badge, Tone};

#[component]
pub(super) fn Checks(
    report: CheckReport,
    /// Whether they were run to save something.
    saving: bool,
) -> impl IntoView {
    let unconfirmed = report
        .checks
        .iter()
        .any(|check| check.outcome == Outcome::Unknown);
    let summary = match (report.passed(), unconfirmed, saving) {
        (true, false, _) => "All checks passed.",
        (true, true, _) => "No check failed. Run a test sign-in to confirm the rest.",
        (false, _, true) => {
            "A check failed, so your changes were not saved. Fix it, then try again."
        }
        (false, _, false) => "A check failed. People may not be able to sign in until it is fixed.",
    };
    view! {
        <section class="okta-card" aria-labelledby="okta-checks">
            <h2 id="okta-checks">"Checks"</h2>
            <p role="status">{summary}</p>
            <ul class="okta-checks">
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
    let tone = match check.outcome {
        Outcome::Passed => Tone::Good,
        Outcome::Failed => Tone::Bad,
        Outcome::Unknown => Tone::Warning,
        _ => Tone::Neutral,
    };
    view! {
        <li data-check=check.name.as_str() data-status=check.outcome.as_str()>
            <span class="okta-check-name">{check.name.title()}</span>
            <Badge tone text=check.outcome.title()/>
            <p class="okta-check-message">{check.message}</p>
            {check.remedy.map(|remedy| view! { <p class="okta-check-remedy">{remedy}</p> })}
        </li>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use okta_types::CheckName;

    use super::*;

    #[test]
    fn what_a_provider_says_is_shown_as_text() {
        let owner = Owner::new();
        owner.set();
        let message = "The provider says: “<script>alert(1)</script>”";
        let check = Check::new(CheckName::PushedRequests, Outcome::Failed, message)
            .with_remedy("Switch it off.");
        let report = CheckReport::new(vec![check]);
        let html = view! { <Checks report saving=true/> }.to_html();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)"), "{html}");
        assert!(
            html.contains("Pushed authorization requests (PAR)"),
            "{html}"
        );
        assert!(html.contains("Switch it off."), "{html}");
    }
}
