//! The connection in use, and what can be done with it.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ConnectionSummary, GroupsFrom};

use super::SignIn;
use crate::settings::server_functions::{CheckAgain, Disconnect};

#[component]
pub(super) fn Connected(
    connection: ConnectionSummary,
    /// Where to sign in, if this app has no admin yet.
    sign_in: Option<String>,
    /// Where the connection is tested, and where the browser comes back to.
    test: String,
    here: String,
) -> impl IntoView {
    let title = format!("Connected to {}", connection.options.display_name);
    let groups = match connection.options.groups_from {
        GroupsFrom::Api => "from Okta's API".to_owned(),
        GroupsFrom::Nowhere => "not used".to_owned(),
        _ => format!("from the claim {}", connection.options.groups_claim),
    };
    view! {
        <section class="okta-card okta-connected" aria-labelledby="okta-connected">
            <h2 id="okta-connected">{title}</h2>
            <dl>
                <dt>"Issuer"</dt>
                <dd>
                    <code>{connection.issuer}</code>
                </dd>
                <dt>"Client ID"</dt>
                <dd>
                    <code>{connection.client_id}</code>
                </dd>
                <dt>"Groups"</dt>
                <dd>{groups}</dd>
                {(!connection.managed)
                    .then(|| {
                        view! {
                            <dt>"Connected since"</dt>
                            <dd>{connection.connected_at.to_string()}</dd>
                        }
                    })}
            </dl>
            {connection
                .managed
                .then(|| {
                    view! {
                        <p class="okta-managed">
                            "Managed by the environment: the server was given this connection when it started, and it can \
                             be changed there alone."
                        </p>
                    }
                })}
            {sign_in
                .map(|sign_in| {
                    view! {
                        <p class="okta-next">
                            "Now sign in from this browser: the first person to do so becomes the admin of this app, \
                             and the setup code stops working."
                        </p>
                        <SignIn address=sign_in/>
                    }
                })}
            <div class="okta-actions">
                <form method="post" action=CheckAgain::url()>
                    <button type="submit">"Check again"</button>
                    <p class="okta-hint okta-progress" role="status"></p>
                </form>
                // In a tab of its own, so that what is typed on this page stays.
                <form method="post" action=test target="_blank">
                    <input type="hidden" name="return_to" value=format!("{here}#okta-tested")/>
                    <button type="submit">"Test"</button>
                    <p class="okta-hint">"Signs you in at Okta in a new tab and shows what arrives."</p>
                </form>
                {(!connection.managed).then(|| view! { <DisconnectButton/> })}
            </div>
        </section>
    }
}

#[component]
fn DisconnectButton() -> impl IntoView {
    view! {
        <details>
            <summary>"Disconnect…"</summary>
            <p>
                "Nobody can sign in any more, and everybody who is signed in is signed out. Client ID, secret, API token and \
                 options are forgotten; the roles stay."
            </p>
            <form method="post" action=Disconnect::url()>
                <button type="submit" class="okta-danger">
                    "Yes, disconnect"
                </button>
            </form>
        </details>
    }
}
