//! What needs an admin's attention.

use leptos::prelude::*;
use okta_types::{OpenSettings, Outcome};

use super::parts::Tone;
use crate::settings::{
    console::{Console, with_query},
    section::Section,
};

/// An item, and where to fix it.
pub(super) struct Item {
    pub(super) tone: Tone,
    title: String,
    detail: &'static str,
    link: &'static str,
    href: String,
}

/// The most urgent first. The last step of the setup is not here, but above it.
pub(super) fn items(settings: &OpenSettings, console: &Console) -> Vec<Item> {
    let mut items = Vec::new();
    let connection = console.href(Section::Connection);
    let activity = |event| with_query(&console.href(Section::Activity), [("event", event)]);
    let has = |outcome| {
        let checks = settings.report.iter().flat_map(|report| &report.checks);
        checks.filter(|check| check.outcome == outcome).count() > 0
    };
    let tested = settings.tested.as_ref();
    if has(Outcome::Failed) {
        items.push(Item {
            tone: Tone::Bad,
            title: "The last checks failed".to_owned(),
            detail: "Each failed check says how to fix it.",
            link: "View checks",
            href: format!("{connection}#okta-checks"),
        });
    }
    if tested.is_some_and(|tested| tested.refused.is_some()) {
        items.push(Item {
            tone: Tone::Bad,
            title: "The last test sign-in failed".to_owned(),
            detail: "People may not be able to sign in.",
            link: "View test result",
            href: format!("{connection}#okta-tested"),
        });
    }
    if settings.recent.missing_groups > 0 {
        items.push(Item {
            tone: Tone::Warning,
            title: "Groups couldn’t be loaded".to_owned(),
            detail: "In the last 24 hours somebody signed in without their groups, and so without the roles that depend on \
                     them.",
            link: "View activity",
            href: activity("groups_missing"),
        });
    }
    let refused = settings.recent.refused_sign_ins;
    if refused > 0 {
        items.push(Item {
            tone: Tone::Warning,
            title: match refused {
                1 => "1 sign-in failed in the last 24 hours".to_owned(),
                refused => format!("{refused} sign-ins failed in the last 24 hours"),
            },
            detail: "The activity log has the reasons.",
            link: "View activity",
            href: activity("sign_in_refused"),
        });
    }
    if tested.is_none() && !settings.makes_admin && has(Outcome::Unknown) {
        items.push(Item {
            tone: Tone::Neutral,
            title: "The sign-in hasn’t been tested yet".to_owned(),
            detail: "Only a real sign-in can confirm some settings in Okta. Run a test sign-in to be sure.",
            link: "Test sign-in",
            href: format!("{connection}#okta-checks"),
        });
    }
    if settings.roles_draft.is_some() {
        items.push(Item {
            tone: Tone::Neutral,
            title: "You have unsaved changes to the roles".to_owned(),
            detail: "They are not in use until you save them.",
            link: "Review changes",
            href: console.href(Section::Roles),
        });
    }
    items
}

#[component]
pub(super) fn Attention(items: Vec<Item>) -> impl IntoView {
    let rows = items.into_iter().map(|item| {
        view! {
            <li data-tone=item.tone.as_str()>
                <div>
                    <strong>{item.title}</strong>
                    <p>{item.detail}</p>
                </div>
                <a rel="external" href=item.href>
                    {item.link}
                </a>
            </li>
        }
    });
    view! {
        <section aria-labelledby="okta-attention">
            <h2 id="okta-attention">"Needs attention"</h2>
            <ul class="okta-attention">{rows.collect_view()}</ul>
        </section>
    }
}
