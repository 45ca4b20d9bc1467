//! The connection in use, and what can be done with it.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::ConnectionSummary;

use super::SignIn;
use crate::settings::server_functions::{CheckAgain, Disconnect};

#[component]
pub(super) fn Connected(
    connection: ConnectionSummary,
    /// Where to sign in, if this app has no admin yet.
    sign_in: Option<String>,
) -> impl IntoView {
    view! {
        <section class="okta-card okta-connected" aria-labelledby="okta-connected">
            <h2 id="okta-connected">"Connected to Okta"</h2>
            <dl>
                <dt>"Name"</dt>
                <dd>{connection.name}</dd>
                <dt>"Issuer"</dt>
                <dd>
                    <code>{connection.issuer}</code>
                </dd>
                <dt>"Client ID"</dt>
                <dd>
                    <code>{connection.client_id}</code>
                </dd>
                <dt>"Connected since"</dt>
                <dd>{connection.connected_at.to_string()}</dd>
            </dl>
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
                <details>
                    <summary>"Disconnect…"</summary>
                    <p>
                        "Nobody can sign in any more, and everybody who is signed in is signed out. Client ID and \
                         secret are forgotten."
                    </p>
                    <form method="post" action=Disconnect::url()>
                        <button type="submit" class="okta-danger">
                            "Yes, disconnect"
                        </button>
                    </form>
                </details>
            </div>
        </section>
    }
}
