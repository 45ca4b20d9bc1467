//! How the organization looks on the pages that the plugin serves itself.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::Branding;

use super::parts::PageField;
use crate::settings::server_functions::SetBranding;

#[component]
pub(super) fn BrandingForm(branding: Branding, page: String) -> impl IntoView {
    view! {
        <section class="okta-card" aria-labelledby="okta-branding">
            <h2 id="okta-branding">"Branding"</h2>
            <p>
                "Shown where this organization’s people choose how to sign in or are told why they can’t, and on the page that its \
                 setup links open."
            </p>
            <form class="okta-form" method="post" action=SetBranding::url() autocomplete="off">
                <PageField page/>
                <Field label="Organization name" name="name" value=branding.name maxlength=100 hint="Such as Acme Inc."/>
                <Field
                    label="Logo"
                    name="logo"
                    value=branding.logo
                    maxlength=45_000
                    hint="An https address, or a data: URL of a PNG, JPEG, WebP, or SVG image of up to 32 KiB."
                />
                <Field
                    label="Color"
                    name="color"
                    value=branding.color
                    maxlength=7
                    hint="For links and buttons, such as #b3261e. It must be readable on white; dark pages use a lighter shade of it."
                />
                <Field
                    label="Text"
                    name="text"
                    value=branding.text
                    maxlength=500
                    hint="Shown below the page’s own text, for example to say whom people can ask for help."
                />
                <p class="okta-form-actions">
                    <button type="submit">"Save branding"</button>
                </p>
            </form>
        </section>
    }
}

#[component]
fn Field(
    label: &'static str,
    name: &'static str,
    value: String,
    maxlength: u32,
    hint: &'static str,
) -> impl IntoView {
    let id = format!("okta-branding-{name}");
    let hint_id = format!("{id}-hint");
    view! {
        <label for=id.clone()>{label}</label>
        <input
            id=id
            name=name
            maxlength=maxlength
            spellcheck="false"
            autocapitalize="off"
            aria-describedby=hint_id.clone()
            value=value
        />
        <p class="okta-hint" id=hint_id>
            {hint}
        </p>
    }
}
