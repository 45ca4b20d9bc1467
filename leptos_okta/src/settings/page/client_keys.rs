//! This app's keys, which Okta can know it by instead of by a secret.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::ClientKeySummary;

use super::{
    instructions::Address,
    parts::{Moment, PageField},
};
use crate::settings::server_functions::RotateClientKey;

#[component]
pub(super) fn ClientKeys(
    keys: ClientKeySummary,
    /// Whether the connection signs with them.
    used: bool,
    page: String,
) -> impl IntoView {
    let set = format!("{:#}", keys.keys);
    let rotated = keys.rotated_at.map(|at| {
        view! {
            <p class="okta-hint">"In use since " <Moment at/> "."</p>
        }
    });
    view! {
        <section class="okta-card" aria-labelledby="okta-client-keys">
            <h2 id="okta-client-keys">"Private key"</h2>
            <p>
                "Optional. Instead of a secret that both sides know, this app can prove with a signature that it is your Okta \
                 app. Nothing secret has to be copied, sent or stored."
            </p>
            <ol class="okta-instructions">
                <li>
                    "In Okta, open the app → " <b>"General"</b> " → " <b>"Client Credentials"</b> " → " <b>"Edit"</b>
                    ", and select " <b>"Public key / Private key"</b> "."
                </li>
                <li>
                    "Select " <b>"Use a URL to fetch keys dynamically"</b> " and paste this address, then " <b>"Save"</b> "."
                    <Address label="Address of this app’s public keys" id="client-keys-address" address=keys.address/>
                </li>
                <li>
                    "Here, under " <b>"Advanced options"</b> ", set " <b>"Client authentication"</b> " to "
                    <b>"Private key"</b> " and save."
                </li>
            </ol>
            <details>
                <summary>"If Okta can’t reach that address"</summary>
                <p>
                    "Add both of these public keys under " <b>"Save keys in Okta"</b>
                    ". The second one is in use after the next change of keys."
                </p>
                <pre class="okta-key-set" tabindex="0" aria-label="Public keys">{set}</pre>
            </details>
            {used.then(|| view! { <Rotation in_use=keys.in_use page/> }.into_any())}
            {rotated}
        </section>
    }
}

#[component]
fn Rotation(in_use: String, page: String) -> impl IntoView {
    view! {
        <details class="okta-confirm">
            <summary>"Change the key…"</summary>
            <p>
                "This app will sign with its next key, which is already published. If Okta fetches the keys, there is nothing to do \
                 there. Otherwise, first check that Okta has both keys, and add the new ones afterwards."
            </p>
            <form method="post" action=RotateClientKey::url()>
                <PageField page/>
                <input type="hidden" name="kid" value=in_use/>
                <button type="submit">"Yes, change the key"</button>
            </form>
        </details>
    }
}
