//! What to do in Okta, with the addresses of this app.

use leptos::prelude::*;
use okta_types::RedirectUris;

use super::parts::uncapitalized;

#[component]
pub(super) fn Instructions(
    redirect_uris: RedirectUris,
    /// Whether the operator sets the connection, so that there is nothing to paste here.
    managed: bool,
) -> impl IntoView {
    view! {
        <ol class="okta-instructions">
            <li>
                "Open " <b>"Applications → Applications"</b> " and choose " <b>"Create App Integration"</b> "."
            </li>
            <li>
                "Choose " <b>"OIDC – OpenID Connect"</b> " and " <b>"Web Application"</b> ", then " <b>"Next"</b> "."
            </li>
            <li>"Under " <b>"Grant type"</b> ", keep " <b>"Authorization Code"</b> " selected."</li>
            <li>
                "Add these addresses of this app:"
                <Address label="Sign-in redirect URI" id="sign-in-redirect-uri" address=redirect_uris.sign_in/>
                <Address label="Sign-out redirect URI" id="sign-out-redirect-uri" address=redirect_uris.sign_out/>
            </li>
            <li>
                "Optional, for a tile on people’s Okta dashboard:"
                <Address label="Initiate login URI" id="initiate-login-uri" address=redirect_uris.initiate_login/>
            </li>
            <li>"Under " <b>"Assignments"</b> ", choose who can sign in, then " <b>"Save"</b> "."</li>
            {(!managed).then(|| view! { <CopyCredentials/> })}
        </ol>
    }
}

#[component]
fn CopyCredentials() -> impl IntoView {
    view! {
        <li>
            "Copy the " <b>"Client ID"</b> " and " <b>"Client secret"</b> " from the app’s page into the form here. The "
            <b>"Issuer URI"</b> " is your Okta domain, or one of your authorization servers under "
            <b>"Security → API"</b> "."
        </li>
    }
}

/// An address of this app, with a button to copy it.
#[component]
pub(super) fn Address(label: &'static str, id: &'static str, address: String) -> impl IntoView {
    let name = format!("Copy {}", uncapitalized(label));
    view! {
        <div class="okta-address">
            <span class="okta-address-label">{label}</span>
            <code id=id>{address.clone()}</code>
            // Rendered from the start, so that nothing moves on hydration.
            <button type="button" class="okta-copy okta-quiet" aria-label=name data-copy=address>
                "Copy"
            </button>
        </div>
    }
}
