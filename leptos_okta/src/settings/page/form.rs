//! The three fields and the Connect button.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ConnectionSummary, Draft};

use crate::settings::server_functions::Connect;

/// What the fields hold when the page is shown.
pub(super) struct Values {
    client_id: String,
    issuer: String,
    connected: bool,
}

impl Values {
    /// What was typed last, else what is in use.
    pub(super) fn new(draft: Option<Draft>, connection: Option<&ConnectionSummary>) -> Self {
        let connected = connection.is_some();
        let draft = draft.or_else(|| {
            connection.map(|connection| Draft {
                client_id: connection.client_id.clone(),
                issuer: connection.issuer.clone(),
            })
        });
        let (client_id, issuer) =
            draft.map_or_else(Default::default, |draft| (draft.client_id, draft.issuer));
        Self {
            client_id,
            issuer,
            connected,
        }
    }
}

#[component]
pub(super) fn ConnectionFields(values: Values) -> impl IntoView {
    let (title, button, secret_hint) = if values.connected {
        (
            "Change the connection",
            "Save changes",
            "Leave empty to keep the stored one. It is stored encrypted and never shown again.",
        )
    } else {
        (
            "Connect your Okta app",
            "Connect",
            "It is stored encrypted and never shown again.",
        )
    };
    view! {
        <div class="okta-card">
            <h2>{title}</h2>
            <form class="okta-form" method="post" action=Connect::url() autocomplete="off">
                <label for="okta-client-id">"Client ID"</label>
                <input
                    id="okta-client-id"
                    name="client_id"
                    required
                    maxlength="1024"
                    spellcheck="false"
                    autocapitalize="off"
                    value=values.client_id
                />
                <label for="okta-client-secret">"Client secret"</label>
                <input
                    id="okta-client-secret"
                    name="client_secret"
                    type="password"
                    required=!values.connected
                    maxlength="1024"
                    autocomplete="new-password"
                    aria-describedby="okta-client-secret-hint"
                />
                <p class="okta-hint" id="okta-client-secret-hint">
                    {secret_hint}
                </p>
                <label for="okta-issuer">"Issuer URI"</label>
                <input
                    id="okta-issuer"
                    name="issuer"
                    required
                    maxlength="2048"
                    inputmode="url"
                    spellcheck="false"
                    autocapitalize="off"
                    aria-describedby="issuer-understood"
                    value=values.issuer
                />
                <p class="okta-hint" id="issuer-understood" aria-live="polite">
                    "For example https://YOUR-DOMAIN.okta.com, or an address below it."
                </p>
                <button type="submit">{button}</button>
                <p class="okta-hint okta-progress" role="status"></p>
            </form>
        </div>
    }
}
