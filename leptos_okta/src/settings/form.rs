//! The three fields and the Connect button.

use leptos::{ev, html, prelude::*};
use okta_types::{ConnectionSummary, Draft};

use super::{Actions, server_functions::understand_issuer};

/// What the fields hold when the page is shown.
#[derive(Clone)]
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
pub(super) fn ConnectionFields(values: Values, actions: Actions) -> impl IntoView {
    let Values {
        client_id,
        issuer,
        connected,
    } = values;
    let secret = NodeRef::<html::Input>::new();
    // A secret that is in use has no business in the page any longer.
    Effect::new(move || {
        if let Some(Ok(report)) = actions.connect.value().get()
            && report.passed()
            && let Some(secret) = secret.get()
        {
            secret.set_value("");
        }
    });
    let connecting = actions.connect.pending();
    let (title, button) = if connected {
        ("Change the connection", "Save changes")
    } else {
        ("Connect your Okta app", "Connect")
    };

    view! {
        <div class="okta-card">
            <h2>{title}</h2>
            <ActionForm action=actions.connect attr:class="okta-form" attr:autocomplete="off">
                <label for="okta-client-id">"Client ID"</label>
                <input
                    id="okta-client-id"
                    name="client_id"
                    required
                    maxlength="1024"
                    spellcheck="false"
                    autocapitalize="off"
                    value=client_id.clone()
                    prop:value=client_id
                />
                <label for="okta-client-secret">"Client secret"</label>
                <input
                    node_ref=secret
                    id="okta-client-secret"
                    name="client_secret"
                    type="password"
                    required=!connected
                    maxlength="1024"
                    autocomplete="new-password"
                    aria-describedby="okta-client-secret-hint"
                />
                <p class="okta-hint" id="okta-client-secret-hint">
                    {if connected {
                        "Leave empty to keep the stored one. It is stored encrypted and never shown again."
                    } else {
                        "It is stored encrypted and never shown again."
                    }}
                </p>
                <IssuerField issuer/>
                <button type="submit" prop:disabled=move || actions.pending()>
                    {button}
                </button>
                <p class="okta-hint" role="status">
                    {move || {
                        if connecting.get() { "Asking Okta. This takes a few seconds…" } else { "" }
                    }}
                </p>
            </ActionForm>
        </div>
    }
}

#[component]
fn IssuerField(issuer: String) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let understood = LocalResource::new(move || {
        let typed = typed.get();
        async move {
            if typed.trim().is_empty() {
                None
            } else {
                understand_issuer(typed).await.ok()
            }
        }
    });
    let hint = move || match understood.get().flatten() {
        Some(Ok(issuer)) => format!("Understood as {issuer}"),
        Some(Err(reason)) => format!("This cannot be used: {reason}."),
        None => "For example https://YOUR-DOMAIN.okta.com, or an address below it.".to_owned(),
    };
    let on_input = move |event: ev::Event| typed.set(event_target_value(&event));
    view! {
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
            value=issuer.clone()
            prop:value=issuer
            on:input=on_input
        />
        <p class="okta-hint" id="issuer-understood" aria-live="polite">
            {hint}
        </p>
    }
}
