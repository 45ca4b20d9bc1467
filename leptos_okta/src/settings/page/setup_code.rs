//! The door before anybody can sign in.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::settings::server_functions::EnterSetupCode;

#[component]
pub(super) fn SetupCodeForm() -> impl IntoView {
    view! {
        <p>
            "Enter the setup code to connect Okta. The server printed it when it first started, and its operator can make \
             a new one."
        </p>
        <form class="okta-form" method="post" action=EnterSetupCode::url()>
            <label for="okta-setup">"Setup code"</label>
            <input
                id="okta-setup"
                name="setup"
                required
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
            />
            <button type="submit">"Continue"</button>
        </form>
    }
}
