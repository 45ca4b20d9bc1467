//! Who may sign in through a connection.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::SignInPolicy;

use super::parts::PageField;
use crate::{html::escaped, settings::server_functions::ChangeSignInPolicy};

#[component]
pub(super) fn WhoMaySignIn(policy: SignInPolicy, page: String) -> impl IntoView {
    let now = format!("Now: {policy}.");
    view! {
        <section class="okta-card" aria-labelledby="okta-who">
            <h2 id="okta-who">"Who may sign in"</h2>
            <p>
                "Okta decides first: people who aren’t assigned to the app there can’t sign in. Here you can restrict it further. \
                 Anyone who is signed in but no longer allowed is signed out."
            </p>
            <p class="okta-hint">{now}</p>
            <form class="okta-form" method="post" action=ChangeSignInPolicy::url() autocomplete="off">
                <PageField page/>
                <Lines
                    id="okta-policy-groups"
                    name="groups"
                    label="Only members of these groups"
                    lines=policy.groups
                    hint="Group names exactly as Okta sends them, one per line. Leave empty to allow everybody."
                />
                <Lines
                    id="okta-policy-domains"
                    name="email_domains"
                    label="Only verified email addresses of these domains"
                    lines=policy.email_domains
                    hint="One domain per line, such as acme.com. Leave empty to allow any address."
                />
                <p class="okta-form-actions">
                    <button type="submit">"Save who may sign in"</button>
                </p>
            </form>
        </section>
    }
}

#[component]
fn Lines(
    id: &'static str,
    name: &'static str,
    label: &'static str,
    lines: Vec<String>,
    hint: &'static str,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <label for=id>{label}</label>
        <textarea
            id=id
            name=name
            rows="3"
            maxlength="30000"
            spellcheck="false"
            autocapitalize="off"
            aria-describedby=hint_id.clone()
            inner_html=escaped(&lines.join("\n"))
        ></textarea>
        <p class="okta-hint" id=hint_id>
            {hint}
        </p>
    }
}
