//! The tokens with which Okta calls.

use axum_okta::settings::ScimTokenSummary;
use leptos::{prelude::*, server_fn::ServerFn};

use crate::settings::{
    page::{
        instructions::Address,
        parts::{Moment, PageField},
    },
    server_functions::ChangeScimToken,
};

#[component]
pub(super) fn Tokens(
    tokens: Vec<ScimTokenSummary>,
    new_token: Option<String>,
    page: String,
) -> impl IntoView {
    let more = tokens.len() < 2;
    let label = match tokens.len() {
        0 => "Create token",
        _ => "Create a second token",
    };
    let rows = tokens.into_iter().map(|token| {
        let page = page.clone();
        view! { <Token token page/> }.into_any()
    });
    let rows = rows.collect_view();
    view! {
        <h3>"Tokens"</h3>
        <p class="okta-hint">
            "Okta calls this app with a token. There can be two, so that you can paste a new one before you delete the old \
             one."
        </p>
        {new_token.map(|token| view! { <NewToken token/> })}
        <ul class="okta-domains">{rows}</ul>
        {more
            .then(|| {
                view! {
                    <form method="post" action=ChangeScimToken::url()>
                        <PageField page/>
                        <button type="submit" name="action" value="create">
                            {label}
                        </button>
                    </form>
                }
            })}
    }
}

#[component]
fn NewToken(token: String) -> impl IntoView {
    view! {
        <div class="okta-new-token" role="status" id="okta-new-token">
            <Address label="New token" id="okta-scim-token" address=token/>
            <p class="okta-hint" data-tone="warning">
                "Copy it now: it is shown once. Only a hash of it is stored."
            </p>
        </div>
    }
}

/// Who made it. Whoever only has a setup link isn't told.
pub(super) fn by(somebody: &str) -> String {
    match somebody {
        "" => String::new(),
        somebody => format!(" by {somebody}"),
    }
}

#[component]
pub(super) fn Token(token: ScimTokenSummary, page: String) -> impl IntoView {
    let summary = format!("Delete token {}…", token.id);
    view! {
        <li data-token=token.id>
            <code>{token.id.clone()}</code>
            <span class="okta-hint">
                "Created " <Moment at=token.created_at/> {by(&token.created_by)} ". "
                {match token.last_used_at {
                    Some(at) => view! { "Last used " <Moment at/> }.into_any(),
                    None => view! { "Never used" }.into_any(),
                }}
                {token
                    .expires_at
                    .map(|at| view! { ". Expires " <Moment at/> })}
            </span>
            <details class="okta-confirm">
                <summary aria-label=summary>"Delete…"</summary>
                <p>"Requests with this token are refused from then on."</p>
                <form method="post" action=ChangeScimToken::url()>
                    <PageField page/>
                    <input type="hidden" name="id" value=token.id.clone()/>
                    <button type="submit" class="okta-danger" name="action" value="delete">
                        "Yes, delete it"
                    </button>
                </form>
            </details>
        </li>
    }
}
