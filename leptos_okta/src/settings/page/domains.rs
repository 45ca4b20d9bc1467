//! The email domains of a connection.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::DomainSummary;

use super::parts::{Badge, Moment, PageField, Tone};
use crate::settings::server_functions::ChangeDomain;

#[component]
pub(super) fn Domains(
    domains: Vec<DomainSummary>,
    /// Whether the admin may decide that a domain counts.
    is_super: bool,
    page: String,
) -> impl IntoView {
    let rows = domains.into_iter().map(|domain| {
        let page = page.clone();
        view! { <Row domain is_super page/> }.into_any()
    });
    let rows = rows.collect_view();
    view! {
        <section class="okta-card" aria-labelledby="okta-domains">
            <h2 id="okta-domains">"Email domains"</h2>
            <p>
                "Once a domain is verified, anyone who enters an address at that domain on the sign-in page is sent to this \
                 connection."
            </p>
            <ul class="okta-domains">{rows}</ul>
            <form class="okta-form" method="post" action=ChangeDomain::url()>
                <PageField page/>
                <input type="hidden" name="action" value="claim"/>
                <label for="okta-domain">"Domain"</label>
                <input
                    id="okta-domain"
                    name="domain"
                    required
                    maxlength="253"
                    spellcheck="false"
                    autocapitalize="off"
                    placeholder="acme.com"
                />
                <p class="okta-form-actions">
                    <button type="submit">"Add domain"</button>
                </p>
            </form>
        </section>
    }
}

#[component]
fn Row(domain: DomainSummary, is_super: bool, page: String) -> impl IntoView {
    let DomainSummary {
        name,
        record_name,
        record,
        verified_at,
        ..
    } = domain;
    let state = match verified_at {
        Some(at) => view! {
            <Badge tone=Tone::Good text="Verified"/>
            <span class="okta-hint">"Since " <Moment at/></span>
        }
        .into_any(),
        None => view! {
            <Badge tone=Tone::Neutral text="Not verified"/>
            <p class="okta-hint">"Its owner adds this TXT record to the DNS:"</p>
            <dl class="okta-facts">
                <div>
                    <dt>"Name"</dt>
                    <dd>
                        <code>{record_name}</code>
                    </dd>
                </div>
                <div>
                    <dt>"Content"</dt>
                    <dd>
                        <code>{record}</code>
                    </dd>
                </div>
            </dl>
        }
        .into_any(),
    };
    let check = verified_at.is_none().then(|| {
        let label = "Check DNS".to_owned();
        view! { <Act action="check" name=name.clone() label page=page.clone()/> }.into_any()
    });
    let verify = (is_super && verified_at.is_none()).then(|| {
        let label = format!("Trust {name} without the record");
        view! { <Act action="verify" name=name.clone() label page=page.clone()/> }.into_any()
    });
    let remove = format!("Remove {name}");
    let removal = view! { <Act action="remove" name=name.clone() label=remove page/> }.into_any();
    view! {
        <li data-domain=name>
            <strong>{name.clone()}</strong>
            {state}
            <div class="okta-actions">
                {check} {verify} {removal}
            </div>
        </li>
    }
}

#[component]
fn Act(action: &'static str, name: String, label: String, page: String) -> impl IntoView {
    view! {
        <form method="post" action=ChangeDomain::url()>
            <PageField page/>
            <input type="hidden" name="domain" value=name/>
            <button type="submit" class="okta-quiet" name="action" value=action>
                {label}
            </button>
        </form>
    }
}
