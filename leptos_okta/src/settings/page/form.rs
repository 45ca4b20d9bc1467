//! The three fields and the Connect button.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ConnectionOptions, ConnectionSummary, Draft};

use super::{options::Options, parts::PageField};
use crate::settings::server_functions::Connect;

/// The fields' values when the page is shown.
pub(super) struct Values {
    draft: Draft,
    connected: bool,
    has_api_token: bool,
    offers_dpop: bool,
}

impl Values {
    /// What was entered last, or else what is in use, at a provider that may be known to bind no
    /// tokens.
    pub(super) fn new(
        draft: Option<Draft>,
        connection: Option<&ConnectionSummary>,
        offers_dpop: Option<bool>,
    ) -> Self {
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
            // What was entered last may be about another one.
            offers_dpop: draft.is_some() || offers_dpop != Some(false),
            draft: draft.or_else(in_use).unwrap_or_else(nothing),
            connected: connection.is_some(),
            has_api_token: connection.is_some_and(|connection| connection.has_api_token),
        }
    }

    /// What the form is for.
    pub(super) fn title(&self) -> &'static str {
        if self.connected {
            "Change the connection"
        } else {
            "Connect your Okta app"
        }
    }
}

#[component]
pub(super) fn ConnectionFields(values: Values, page: String) -> impl IntoView {
    let Values {
        draft,
        connected,
        has_api_token,
        offers_dpop,
    } = values;
    let (button, secret_hint) = if connected {
        (
            "Save changes",
            "Leave empty to keep the stored secret. It is encrypted and never shown again.",
        )
    } else {
        ("Connect", "It is stored encrypted and never shown again.")
    };
    view! {
        <form class="okta-form" method="post" action=Connect::url() autocomplete="off">
            <PageField page/>
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
                "For example https://YOUR-DOMAIN.okta.com. Any address in your Okta org works."
            </p>
            {view! {
                <Options
                    options=draft.options
                    authorization_server=draft.authorization_server
                    has_api_token
                    offers_dpop
                />
            }
                .into_any()}
            <p class="okta-form-actions">
                <button type="submit">{button}</button>
                <span class="okta-hint okta-progress" role="status"></span>
            </p>
        </form>
    }
}
