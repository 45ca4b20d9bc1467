//! The three fields and the Connect button.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ConnectionOptions, ConnectionSummary, Draft};

use super::options::Options;
use crate::settings::server_functions::Connect;

/// What the fields hold when the page is shown.
pub(super) struct Values {
    draft: Draft,
    connected: bool,
    has_api_token: bool,
}

impl Values {
    /// What was typed last, else what is in use.
    pub(super) fn new(draft: Option<Draft>, connection: Option<&ConnectionSummary>) -> Self {
        let in_use = || {
            let connection = connection?;
            Some(Draft::new(
                connection.client_id.clone(),
                connection.issuer.clone(),
                "",
                connection.options.clone(),
            ))
        };
        let nothing = || Draft::new("", "", "", ConnectionOptions::default());
        Self {
            draft: draft.or_else(in_use).unwrap_or_else(nothing),
            connected: connection.is_some(),
            has_api_token: connection.is_some_and(|connection| connection.has_api_token),
        }
    }
}

#[component]
pub(super) fn ConnectionFields(values: Values) -> impl IntoView {
    let Values {
        draft,
        connected,
        has_api_token,
    } = values;
    let (title, button, secret_hint) = if connected {
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
                    name="typed[client_id]"
                    required
                    maxlength="1024"
                    spellcheck="false"
                    autocapitalize="off"
                    value=draft.client_id
                />
                <label for="okta-client-secret">"Client secret"</label>
                <input
                    id="okta-client-secret"
                    name="typed[client_secret]"
                    type="password"
                    required=!connected
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
                    name="typed[issuer]"
                    required
                    maxlength="2048"
                    inputmode="url"
                    spellcheck="false"
                    autocapitalize="off"
                    aria-describedby="issuer-understood"
                    value=draft.issuer
                />
                <p class="okta-hint" id="issuer-understood" aria-live="polite">
                    "For example https://YOUR-DOMAIN.okta.com, or an address below it."
                </p>
                {view! {
                    <Options
                        options=draft.options
                        authorization_server=draft.authorization_server
                        has_api_token
                    />
                }
                    .into_any()}
                <button type="submit">{button}</button>
                <p class="okta-hint okta-progress" role="status"></p>
            </form>
        </div>
    }
}
