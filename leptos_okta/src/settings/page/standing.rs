//! What a connection is in this app, whatever its Okta app is.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::ConnectionSummary;

use super::{FIRST, parts::PageField};
use crate::settings::server_functions::ChangeConnection;

#[component]
pub(super) fn Standing(
    connection: ConnectionSummary,
    /// Whether the admin may change all of it.
    is_super: bool,
    page: String,
) -> impl IntoView {
    let is_first = connection.name == FIRST;
    let ConnectionSummary {
        options,
        organization,
        enabled,
        listed,
        place,
        ..
    } = connection;
    view! {
        <section class="okta-card" aria-labelledby="okta-standing">
            <h2 id="okta-standing">"In this app"</h2>
            <form class="okta-form" method="post" action=ChangeConnection::url() autocomplete="off">
                <PageField page/>
                <label for="okta-display-name">"Display name"</label>
                <input
                    id="okta-display-name"
                    name="typed[display_name]"
                    maxlength="255"
                    value=options.display_name
                />
                {is_super
                    .then(|| {
                        view! {
                            <label for="okta-organization">"Organization"</label>
                            <input
                                id="okta-organization"
                                name="typed[organization]"
                                required
                                maxlength="64"
                                pattern="[a-z0-9][a-z0-9\\-]*"
                                spellcheck="false"
                                autocapitalize="off"
                                aria-describedby="okta-organization-hint"
                                value=organization
                            />
                            <p class="okta-hint" id="okta-organization-hint">
                                "Its key in the app’s code and in addresses. Connections of one organization share it."
                            </p>
                            <label for="okta-place">"Place in lists"</label>
                            <input id="okta-place" name="typed[place]" required inputmode="numeric" value=place/>
                            <label>
                                <input
                                    type="checkbox"
                                    name="typed[enabled]"
                                    value="1"
                                    checked=enabled
                                    disabled=is_first
                                />
                                " Enabled"
                            </label>
                            {is_first
                                .then(|| {
                                    view! {
                                        <input type="hidden" name="typed[enabled]" value="1"/>
                                        <p class="okta-hint">
                                            "Admins of the whole app sign in through this connection, so it stays enabled."
                                        </p>
                                    }
                                })}
                            {(!is_first)
                                .then(|| {
                                    view! {
                                        <p class="okta-hint">
                                            "Disabling it signs out everybody who signed in through it."
                                        </p>
                                    }
                                })}
                            <label>
                                <input type="checkbox" name="typed[listed]" value="1" checked=listed/>
                                " Offered on the sign-in page"
                            </label>
                            <p class="okta-hint">"Anybody who opens the sign-in page sees its display name."</p>
                        }
                            .into_any()
                    })}
                <p class="okta-form-actions">
                    <button type="submit">"Save"</button>
                </p>
            </form>
        </section>
    }
}
