//! What to click in Okta, with the addresses of this very app.

use leptos::prelude::*;
use okta_types::RedirectUris;

#[component]
pub(super) fn Instructions(
    redirect_uris: RedirectUris,
    /// Whether the operator gives the connection, so that there is nothing to paste here.
    managed: bool,
) -> impl IntoView {
    view! {
        <section class="okta-card" aria-labelledby="okta-instructions">
            <h2 id="okta-instructions">"In Okta"</h2>
            <ol>
                <li>
                    "Open the Admin Console: " <b>"Applications"</b> " → " <b>"Applications"</b> " → "
                    <b>"Create App Integration"</b> "."
                </li>
                <li>
                    "Choose " <b>"OIDC – OpenID Connect"</b> " and " <b>"Web Application"</b> ", then "
                    <b>"Next"</b> "."
                </li>
                <li>"Under " <b>"Grant type"</b> ", leave " <b>"Authorization Code"</b> " switched on."</li>
                <li>
                    "Paste the addresses of this app:"
                    <Address
                        label="Sign-in redirect URI"
                        id="sign-in-redirect-uri"
                        address=redirect_uris.sign_in
                    />
                    <Address
                        label="Sign-out redirect URI"
                        id="sign-out-redirect-uri"
                        address=redirect_uris.sign_out
                    />
                </li>
                <li>
                    "For a tile on people's Okta dashboards, which is optional:"
                    <Address
                        label="Initiate login URI"
                        id="initiate-login-uri"
                        address=redirect_uris.initiate_login
                    />
                </li>
                <li>
                    "Under " <b>"Assignments"</b> ", choose who may sign in here, then " <b>"Save"</b> "."
                </li>
                {(!managed).then(|| view! { <CopyCredentials/> })}
            </ol>
        </section>
    }
}

#[component]
fn CopyCredentials() -> impl IntoView {
    view! {
                <li>
                    "Copy " <b>"Client ID"</b> " and " <b>"Client secret"</b> " from the app's page into the form. The "
                    <b>"Issuer URI"</b> " is your Okta domain, or an authorization server of yours from "
                    <b>"Security"</b> " → " <b>"API"</b> "."
                </li>
    }
}

#[component]
fn Address(label: &'static str, id: &'static str, address: String) -> impl IntoView {
    let name = format!("Copy {}", uncapitalized(label));
    view! {
        <div class="okta-address">
            <span class="okta-address-label">{label}</span>
            <code id=id>{address.clone()}</code>
            // In its place from the start, so that nothing moves when it comes alive.
            <button type="button" class="okta-copy" aria-label=name data-copy=address>
                "Copy"
            </button>
        </div>
    }
}

fn uncapitalized(label: &str) -> String {
    let mut characters = label.chars();
    characters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_lowercase(), characters.as_str())
    })
}
