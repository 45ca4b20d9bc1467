//! The OAuth 2 clients, which get tokens by a signature.

use axum_okta::settings::{ScimClientSummary, ScimTokenSummary};
use leptos::{prelude::*, server_fn::ServerFn};

use super::tokens::{Token, by};
use crate::settings::{
    page::{
        instructions::Address,
        parts::{Moment, PageField},
    },
    server_functions::ChangeScimClient,
};

#[component]
pub(super) fn Clients(
    token_endpoint: String,
    clients: Vec<ScimClientSummary>,
    /// The tokens that they were given, and that count still.
    given: Vec<ScimTokenSummary>,
    page: String,
) -> impl IntoView {
    let more = clients.len() < 2;
    let is_open = !clients.is_empty();
    let rows = clients.into_iter().map(|client| {
        let page = page.clone();
        view! { <Client client page/> }.into_any()
    });
    let rows = rows.collect_view();
    let tokens = given.into_iter().map(|token| {
        let page = page.clone();
        view! { <Token token page/> }.into_any()
    });
    let tokens = tokens.collect_view();
    view! {
        <section class="okta-card" aria-labelledby="okta-scim-clients">
            <h2 id="okta-scim-clients">"OAuth 2 clients"</h2>
            <details class="okta-options" open=is_open>
                <summary>"Sign in with a key instead of a token"</summary>
                <p>
                    "For identity providers that follow the IPSIE profile: a client proves who it is with a signature \
                     (private_key_jwt), and gets a token that counts for an hour. Okta’s SCIM apps use a token from above."
                </p>
                <Address label="Token endpoint" id="okta-scim-token-endpoint" address=token_endpoint/>
                <ul class="okta-domains">{rows}{tokens}</ul>
                {more.then(|| view! { <Register page/> }.into_any())}
            </details>
        </section>
    }
}

#[component]
fn Register(page: String) -> impl IntoView {
    view! {
        <form method="post" action=ChangeScimClient::url()>
            <PageField page/>
            <label for="okta-scim-keys">"Public keys (JWK set)"</label>
            <textarea
                id="okta-scim-keys"
                name="keys"
                rows="4"
                maxlength="16384"
                spellcheck="false"
                autocomplete="off"
                required
                aria-describedby="okta-scim-keys-hint"
            ></textarea>
            <p class="okta-hint" id="okta-scim-keys-hint">
                "Paste what the provider publishes at its JWKS URL: {\"keys\": […]}. Never paste a private key."
            </p>
            <button type="submit" name="action" value="register">
                "Register client"
            </button>
        </form>
    }
}

#[component]
fn Client(client: ScimClientSummary, page: String) -> impl IntoView {
    let id = client.id;
    let summary = format!("Delete client {id}…");
    let keys = match client.keys.is_empty() {
        true => String::new(),
        false => format!("Keys: {}. ", client.keys.join(", ")),
    };
    view! {
        <li data-client=id>
            "Client ID " <code>{id.clone()}</code>
            <span class="okta-hint">
                {keys} "Registered " <Moment at=client.created_at/> {by(&client.created_by)} ". "
                {match client.last_used_at {
                    Some(at) => view! { "Last token " <Moment at/> }.into_any(),
                    None => view! { "No token yet" }.into_any(),
                }}
            </span>
            <details class="okta-confirm">
                <summary aria-label=summary>"Delete…"</summary>
                <p>"It gets no more tokens, and those that it has are refused from then on."</p>
                <form method="post" action=ChangeScimClient::url()>
                    <PageField page/>
                    <input type="hidden" name="id" value=id.clone()/>
                    <button type="submit" class="okta-danger" name="action" value="delete">
                        "Yes, delete it"
                    </button>
                </form>
            </details>
        </li>
    }
}
