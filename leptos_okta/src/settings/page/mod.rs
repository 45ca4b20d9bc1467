//! The settings page, made on the server.

mod audit;
mod checks;
mod connected;
mod form;
mod instructions;
mod setup_code;

use leptos::prelude::*;
use okta_types::{OpenSettings, Settings, SettingsRefusal};

use self::{
    audit::Audit, checks::Checks, connected::Connected, form::ConnectionFields,
    instructions::Instructions, setup_code::SetupCodeForm,
};

/// Where the page is.
pub(super) struct Place {
    /// Its own path.
    pub(super) address: String,
    /// The address of the sign-in that comes back here.
    pub(super) sign_in: String,
    /// Whether it shows older entries of the audit trail.
    pub(super) older: bool,
}

/// The page as HTML. `refusal` is why the last form was refused.
pub(super) fn page(settings: Settings, refusal: Option<SettingsRefusal>, place: Place) -> String {
    let sign_in = place.sign_in.clone();
    let refusal = refusal.map(|refusal| view! { <Refusal refusal/> }.to_html());
    let room = match settings {
        Settings::Open(settings) => view! { <Open settings=*settings place/> }.to_html(),
        Settings::SetupCode { has_admin } => view! {
            <SetupCodeForm/>
            {has_admin
                .then(|| {
                    view! {
                        <p>"Or sign in as an admin of this app:"</p>
                        <SignIn address=sign_in/>
                    }
                })}
        }
        .to_html(),
        Settings::SignIn => view! {
            <p>"These settings are for admins of this app. Sign in to go on."</p>
            <SignIn address=sign_in/>
        }
        .to_html(),
        Settings::Forbidden { has_code } => view! {
            <h2>"You are not an admin of this app"</h2>
            <p>
                "Ask an admin to change these settings. If there is none any more, the operator of the server can make \
                 a new setup code with " <code>"server setup-code"</code> "."
            </p>
            {has_code.then(|| view! { <SetupCodeForm/> })}
        }
        .to_html(),
        Settings::Unavailable => view! { <Refusal refusal=SettingsRefusal::Closed/> }.to_html(),
    };
    refusal.unwrap_or_default() + &room
}

#[component]
fn Open(settings: OpenSettings, place: Place) -> impl IntoView {
    let OpenSettings {
        connection,
        redirect_uris,
        draft,
        report,
        has_admin,
        audit,
    } = settings;
    let Place {
        address,
        sign_in,
        older,
    } = place;
    let values = form::Values::new(draft, connection.as_ref());
    let sign_in = (!has_admin).then_some(sign_in);
    view! {
        {connection.map(|connection| view! { <Connected connection sign_in/> })}
        {report.map(|report| view! { <Checks report/> })}
        <div class="okta-columns">
            <ConnectionFields values/>
            <Instructions redirect_uris/>
        </div>
        <Audit page=audit older here=address/>
    }
}

#[component]
fn Refusal(refusal: SettingsRefusal) -> impl IntoView {
    view! {
        <p class="okta-alert" role="alert">
            {refusal.to_string()}
        </p>
    }
}

#[component]
fn SignIn(address: String) -> impl IntoView {
    view! {
        <a class="okta-button" rel="external" href=address>
            "Sign in with Okta"
        </a>
    }
}
