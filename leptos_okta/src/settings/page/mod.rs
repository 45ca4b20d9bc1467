//! The settings page, made on the server.

mod admins;
mod audit;
mod checks;
mod connected;
mod form;
mod instructions;
mod options;
mod roles;
mod setup_code;
mod tested;

use leptos::prelude::*;
use okta_types::{OpenSettings, Settings, SettingsRefusal};

use self::{
    admins::Admins, audit::Audit, checks::Checks, connected::Connected, form::ConnectionFields,
    instructions::Instructions, roles::Roles, setup_code::SetupCodeForm, tested::Tested,
};

/// Where the page is.
pub(super) struct Place {
    /// Its own path.
    pub(super) address: String,
    /// The address of the sign-in that comes back here.
    pub(super) sign_in: String,
    /// Where the connection is tested.
    pub(super) test: String,
    /// The section in which a change was just made.
    pub(super) done: Option<String>,
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
                 a new setup code."
            </p>
            {has_code.then(|| view! { <SetupCodeForm/> })}
        }
        .to_html(),
        _ => view! { <Refusal refusal=SettingsRefusal::Closed/> }.to_html(),
    };
    refusal.unwrap_or_default() + &room
}

/// Each part is rendered by itself: as one view their types grow beyond what the compiler takes.
#[component]
fn Open(settings: OpenSettings, place: Place) -> impl IntoView {
    let OpenSettings {
        connection,
        redirect_uris,
        draft,
        report,
        makes_admin,
        admins,
        roles,
        roles_version,
        roles_draft,
        admin_group,
        seen_groups,
        tested,
        audit,
        ..
    } = settings;
    let Place {
        address,
        sign_in,
        test,
        done,
        older,
    } = place;
    let done = move |section: &str| done.as_deref() == Some(section);
    let (roles_saved, admin_removed) = (done("roles"), done("admins"));
    let connected = connection.is_some();
    let managed = connection
        .as_ref()
        .is_some_and(|connection| connection.managed);
    let values = form::Values::new(draft, connection.as_ref());
    let sign_in = makes_admin.then_some(sign_in);
    let here = address.clone();
    view! {
        {connection
            .map(|connection| view! { <Connected connection sign_in test here/> }.into_any())}
        {report.map(|report| view! { <Checks report/> }.into_any())}
        {tested.map(|report| view! { <Tested report/> }.into_any())}
        <div class="okta-columns">
            {(!managed).then(|| view! { <ConnectionFields values/> }.into_any())}
            {view! { <Instructions redirect_uris managed/> }.into_any()}
        </div>
        {connected
            .then(|| {
                view! { <Roles in_use=roles draft=roles_draft version=roles_version saved=roles_saved seen_groups admin_group/> }.into_any()
            })}
        {(!admins.is_empty()).then(|| view! { <Admins admins removed=admin_removed/> }.into_any())}
        {view! { <Audit page=audit older here=address/> }.into_any()}
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
