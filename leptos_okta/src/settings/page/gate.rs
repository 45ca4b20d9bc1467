//! What visitors see who don't have access.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{Settings, SettingsRefusal};

use super::{
    Banner, Place,
    parts::{PageField, SignIn},
};
use crate::settings::server_functions::EnterSetupCode;

pub(super) fn gate(settings: &Settings, place: Place) -> String {
    let Place {
        address,
        sign_in,
        refused,
        ..
    } = place;
    let (title, room) = match settings {
        Settings::SetupCode { has_admin } => (
            "Set up sign-in with Okta",
            view! {
                <p>"Enter the setup code to connect your Okta app."</p>
                <SetupCodeForm page=address/>
                {has_admin
                    .then(|| {
                        view! {
                            <p class="okta-or">"Already an admin of this app?"</p>
                            <SignIn address=sign_in/>
                        }
                    })}
            }
            .into_any(),
        ),
        Settings::Forbidden { has_code } => (
            "You are not an admin of this app",
            view! {
                <p>
                    "Ask an admin for access. If there is no admin left, the operator of the server can create a new setup \
                     code."
                </p>
                {has_code.then(|| view! { <SetupCodeForm page=address/> })}
            }
            .into_any(),
        ),
        Settings::Unavailable => (
            "Okta settings",
            view! {
                <p class="okta-alert" role="alert">
                    {SettingsRefusal::Closed.to_string()}
                </p>
            }
            .into_any(),
        ),
        _ => (
            "Okta settings",
            view! {
                <p>"Only admins of this app can view and change these settings. Sign in to continue."</p>
                <SignIn address=sign_in/>
            }
            .into_any(),
        ),
    };
    view! {
        <div class="okta-card okta-gate">
            <h1>{title}</h1>
            <Banner refused=refused done=place.done/>
            {room}
        </div>
    }
    .to_html()
}

#[component]
fn SetupCodeForm(page: String) -> impl IntoView {
    view! {
        <form class="okta-form" method="post" action=EnterSetupCode::url()>
            <PageField page/>
            <label for="okta-setup">"Setup code"</label>
            <input
                id="okta-setup"
                name="setup"
                required
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                aria-describedby="okta-setup-hint"
            />
            <p class="okta-hint" id="okta-setup-hint">
                "The server prints it when it first starts. Its operator can create a new one."
            </p>
            <button type="submit">"Continue"</button>
        </form>
    }
}
