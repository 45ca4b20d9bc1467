//! The connection in use, and what can be done with it.

use leptos::prelude::*;
use okta_types::ConnectionSummary;

use super::Actions;
use crate::sign_in::SignInButton;

#[component]
pub(super) fn Connected(
    connection: ConnectionSummary,
    /// Whether this app has an admin already.
    has_admin: bool,
    actions: Actions,
) -> impl IntoView {
    let checking = actions.check_again.pending();
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
            <Show when=move || !has_admin>
                <p class="okta-next">
                    "Now sign in from this browser: the first person to do so becomes the admin of this app, and the \
                     setup code stops working."
                </p>
                <SignInButton/>
            </Show>
            <div class="okta-actions">
                <ActionForm action=actions.check_again>
                    <button type="submit" prop:disabled=move || actions.pending()>
                        {move || if checking.get() { "Checking…" } else { "Check again" }}
                    </button>
                </ActionForm>
                <details>
                    <summary>"Disconnect…"</summary>
                    <p>
                        "Nobody can sign in any more, and everybody who is signed in is signed out. Client ID and \
                         secret are forgotten."
                    </p>
                    <ActionForm action=actions.disconnect>
                        <button type="submit" class="okta-danger">
                            "Yes, disconnect"
                        </button>
                    </ActionForm>
                </details>
            </div>
        </section>
    }
}
