//! The door before anybody can sign in: the setup code, typed or carried by the link that the server printed.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use okta_types::SettingsRefusal;

use super::{
    Refusal,
    server_functions::{EnterSetupCode, Refused},
};
use crate::sign_in::SignInButton;

#[component]
pub(super) fn SetupCodeForm(
    action: ServerAction<EnterSetupCode>,
    /// Why a code from the address was refused.
    refusal: Option<SettingsRefusal>,
    /// Whether signing in as an admin opens the settings, too.
    has_admin: bool,
) -> impl IntoView {
    let refusal = move || {
        let typed = action
            .value()
            .get()
            .and_then(Result::err)
            .map(|Refused(refusal)| refusal);
        typed
            .or(refusal)
            .map(|refusal| view! { <Refusal refusal/> })
    };
    view! {
        <p>
            "Enter the setup code to connect Okta. The server printed it when it first started; on its machine, "
            <code>"server setup-code"</code> " makes a new one."
        </p>
        {refusal}
        <ActionForm action attr:class="okta-form">
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
        </ActionForm>
        <Show when=move || has_admin>
            <p>"Or sign in as an admin of this app:"</p>
            <SignInButton/>
        </Show>
    }
}

/// The code in the address, if there is one.
pub(super) fn from_link() -> Option<String> {
    use_query_map().read_untracked().get("setup")
}

/// Enters a code from the address while the server renders the page, and has the browser come again without it.
#[cfg(feature = "ssr")]
pub(super) async fn enter(code: Option<String>) -> Result<(), Refused> {
    use axum::http::{HeaderValue, StatusCode, header, request::Parts};

    let Some(code) = code else { return Ok(()) };
    super::server_functions::visitor()
        .await?
        .enter_setup_code(&code)
        .await?;
    let path = use_context::<Parts>().map(|parts| parts.uri.path().to_owned());
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Some(Ok(location)) = path.as_deref().map(HeaderValue::from_str)
    {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
    Ok(())
}

/// In the browser the address has been dealt with.
#[cfg(not(feature = "ssr"))]
pub(super) async fn enter(_: Option<String>) -> Result<(), Refused> {
    Ok(())
}
