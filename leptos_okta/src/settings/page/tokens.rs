//! Tokens for programs that read and change these settings.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{AdminTokenSummary, NewAdminToken, OpenSettings, Timestamp, TokenAccess};

use super::{
    FIRST, Place,
    instructions::Address,
    parts::{Badge, Moment, PageField, Tone},
};
use crate::settings::server_functions::{CreateToken, RevokeToken};

#[component]
pub(super) fn TokensPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let Place {
        address,
        tokens,
        new_token,
        api,
        now,
        ..
    } = place;
    let is_first = settings.connection_name == FIRST;
    let new = new_token.map(|token| view! { <Created token/> }.into_any());
    let list = match tokens.is_empty() {
        true => view! { <p class="okta-empty">"No tokens yet."</p> }.into_any(),
        false => {
            let rows = tokens.into_iter().map(|token| {
                let page = address.clone();
                view! { <Row token now page/> }.into_any()
            });
            view! { <ul class="okta-people">{rows.collect_view()}</ul> }.into_any()
        }
    };
    let create = match settings.connection {
        Some(_) => view! { <Create is_first page=address/> }.into_any(),
        None => view! {
            <p class="okta-empty">"Connect Okta first: only admins who are signed in can create tokens."</p>
        }
        .into_any(),
    };
    view! {
        {new}
        <section class="okta-card" aria-labelledby="okta-tokens">
            <h2 id="okta-tokens">"Tokens"</h2>
            <p>
                "A program sends its token with each request as " <code>"Authorization: Bearer …"</code>
                ", for instance to " <code>{api}</code>
                ". A token keeps working when the admin who created it leaves, so revoke it then."
            </p>
            {list}
        </section>
        <section class="okta-card" aria-labelledby="okta-new-token">
            <h2 id="okta-new-token">"New token"</h2>
            {create}
        </section>
    }
}

#[component]
fn Created(token: NewAdminToken) -> impl IntoView {
    view! {
        <section class="okta-card" aria-labelledby="okta-created">
            <h2 id="okta-created">"Your new token"</h2>
            <p>"Copy it now. It is not stored, and this page shows it only once."</p>
            <Address label="Token" id="new-token" address=token.token/>
        </section>
    }
}

#[component]
fn Row(token: AdminTokenSummary, now: Timestamp, page: String) -> impl IntoView {
    let AdminTokenSummary {
        id,
        name,
        access,
        connections,
        made_by,
        made_at,
        ends_at,
        used_at,
        ..
    } = token;
    let access = match access {
        TokenAccess::Write => view! { <Badge tone=Tone::Warning text="Read and write"/> },
        _ => view! { <Badge tone=Tone::Neutral text="Read only"/> },
    };
    let scope = match connections {
        None => "The whole app".to_owned(),
        Some(names) => names.join(", "),
    };
    let used = match used_at {
        Some(at) => view! { "last used " <Moment at/> }.into_any(),
        None => "never used".into_any(),
    };
    let end = if ends_at > now {
        "Expires "
    } else {
        "Expired "
    };
    let listed = id.clone();
    let (revoke, confirm) = (format!("Revoke {name}…"), format!("Yes, revoke {name}"));
    view! {
        <li data-token=listed>
            <div>
                <strong>{name}</strong>
                " "
                {access}
                <p class="okta-hint">{scope} " · " {end} <Moment at=ends_at/> " · " {used}</p>
                <p class="okta-hint">"Created " <Moment at=made_at/> " by " {made_by}</p>
            </div>
            <details class="okta-confirm">
                <summary aria-label=revoke>"Revoke…"</summary>
                <form method="post" action=RevokeToken::url()>
                    <p>"Programs that use it are refused from now on."</p>
                    <PageField page/>
                    <input type="hidden" name="id" value=id/>
                    <button type="submit" class="okta-danger" aria-label=confirm>
                        "Yes, revoke"
                    </button>
                </form>
            </details>
        </li>
    }
}

#[component]
fn Create(
    /// Whether these are the settings of the first connection, and so of the whole app.
    is_first: bool,
    page: String,
) -> impl IntoView {
    let connections = is_first.then(|| {
        view! {
            <label for="okta-token-connections">"Connections"</label>
            <input
                id="okta-token-connections"
                name="typed[connections]"
                spellcheck="false"
                autocapitalize="off"
                placeholder="All"
                aria-describedby="okta-token-connections-hint"
            />
            <p class="okta-hint" id="okta-token-connections-hint">
                "Names of connections, separated by spaces. If empty, the token is good for the whole app."
            </p>
        }
    });
    view! {
        <form class="okta-form" method="post" action=CreateToken::url() autocomplete="off">
            <PageField page/>
            <label for="okta-token-name">"Name"</label>
            <input
                id="okta-token-name"
                name="typed[name]"
                required
                maxlength="100"
                placeholder="Deployment"
                aria-describedby="okta-token-name-hint"
            />
            <p class="okta-hint" id="okta-token-name-hint">
                "What the token is for. The activity log shows it with every change."
            </p>
            <label for="okta-token-access">"Access"</label>
            <select id="okta-token-access" name="typed[access]">
                <option value="read">"Read only"</option>
                <option value="write">"Read and write"</option>
            </select>
            {connections}
            <label for="okta-token-days">"Expires after days"</label>
            <input
                id="okta-token-days"
                name="typed[days]"
                type="number"
                required
                min="1"
                max="365"
                value="30"
            />
            <p class="okta-form-actions">
                <button type="submit">"Create token"</button>
            </p>
        </form>
    }
}
