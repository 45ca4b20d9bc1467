//! `<OktaSettings/>`: the page on which an admin connects Okta.

mod checks;
mod connected;
mod form;
mod instructions;
mod server_functions;
mod setup_code;

use leptos::prelude::*;
use okta_types::{OpenSettings, Settings, SettingsRefusal};

use self::{
    checks::Checks,
    connected::Connected,
    form::ConnectionFields,
    instructions::Instructions,
    server_functions::{CheckAgain, Connect, Disconnect, EnterSetupCode, Refused, load_settings},
    setup_code::SetupCodeForm,
};
use crate::{identity::okta_context, sign_in::SignInButton};

/// What an admin can do here; shared by the parts of the page.
#[derive(Clone, Copy)]
struct Actions {
    enter_setup_code: ServerAction<EnterSetupCode>,
    connect: ServerAction<Connect>,
    check_again: ServerAction<CheckAgain>,
    disconnect: ServerAction<Disconnect>,
}

impl Actions {
    fn new() -> Self {
        Self {
            enter_setup_code: ServerAction::new(),
            connect: ServerAction::new(),
            check_again: ServerAction::new(),
            disconnect: ServerAction::new(),
        }
    }

    /// Grows with everything that was done, so that the settings are loaded again.
    fn done(&self) -> usize {
        self.enter_setup_code.version().get()
            + self.connect.version().get()
            + self.check_again.version().get()
            + self.disconnect.version().get()
    }

    fn pending(&self) -> bool {
        self.connect.pending().get()
            || self.check_again.pending().get()
            || self.disconnect.pending().get()
    }

    /// Why the last thing was refused, if it was.
    fn refusal(&self) -> Option<SettingsRefusal> {
        let refused = |Refused(refusal)| refusal;
        None.or_else(|| self.connect.value().get()?.err().map(refused))
            .or_else(|| self.check_again.value().get()?.err().map(refused))
            .or_else(|| self.disconnect.value().get()?.err().map(refused))
    }
}

/// The settings page: setup code, connecting, checks, the connection in use. Put it on a route of your own, inside
/// `<main>`; it brings its `<h1>`.
///
/// It works without JavaScript. `?setup=CODE` in the address opens it and is then removed from the address.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::OktaSettings;
///
/// #[component]
/// fn Settings() -> impl IntoView {
///     view! { <main><OktaSettings/></main> }
/// }
/// ```
#[component]
pub fn OktaSettings() -> impl IntoView {
    let actions = Actions::new();
    let from_link = setup_code::from_link();
    let settings = Resource::new_blocking(
        move || actions.done(),
        move |_| {
            let from_link = from_link.clone();
            async move {
                setup_code::enter(from_link).await?;
                load_settings().await
            }
        },
    );
    let connected = okta_context().connected;
    Effect::new(move || {
        if let Some(Ok(Settings::Open(open))) = settings.get() {
            connected.set(open.connection.is_some());
        }
    });

    view! {
        <section class="okta-settings">
            <h1>"Sign in with Okta"</h1>
            <Transition fallback=|| {
                view! { <p role="status">"Loading the settings…"</p> }
            }>{move || settings.get().map(|settings| room(settings, actions))}</Transition>
        </section>
    }
}

/// Which room of the page this visitor is let into. Erased, because an app would otherwise carry the whole page in the
/// type of its own.
fn room(settings: Result<Settings, Refused>, actions: Actions) -> AnyView {
    let code = actions.enter_setup_code;
    match settings {
        Ok(Settings::Open(settings)) => view! { <Open settings=*settings actions/> }.into_any(),
        Ok(Settings::SetupCode { has_admin }) => {
            view! { <SetupCodeForm action=code refusal=None has_admin/> }.into_any()
        }
        // A code from the address that was refused.
        Err(Refused(refusal @ (SettingsRefusal::WrongSetupCode | SettingsRefusal::TooManyAttempts))) => {
            view! { <SetupCodeForm action=code refusal=Some(refusal) has_admin=false/> }.into_any()
        }
        Ok(Settings::SignIn) => view! {
            <p>"These settings are for admins of this app. Sign in to go on."</p>
            <SignInButton/>
        }
        .into_any(),
        Ok(Settings::Forbidden { has_code }) => view! {
            <h2>"You are not an admin of this app"</h2>
            <p>
                "Ask an admin to change these settings. If there is none any more, the operator of the server can make \
                 a new setup code with " <code>"server setup-code"</code> "."
            </p>
            <Show when=move || has_code>
                <SetupCodeForm action=code refusal=None has_admin=false/>
            </Show>
        }
        .into_any(),
        Ok(Settings::Unavailable) => view! { <Refusal refusal=SettingsRefusal::Closed/> }.into_any(),
        Err(Refused(refusal)) => view! { <Refusal refusal/> }.into_any(),
    }
}

#[component]
fn Open(settings: OpenSettings, actions: Actions) -> impl IntoView {
    let OpenSettings {
        connection,
        redirect_uris,
        draft,
        report,
        has_admin,
    } = settings;
    let values = form::Values::new(draft, connection.as_ref());
    let refusal = move || {
        actions
            .refusal()
            .map(|refusal| view! { <Refusal refusal/> })
    };
    // Each part erased: whole, their type is deeper than the compiler follows.
    let connected =
        connection.map(|connection| view! { <Connected connection has_admin actions/> }.into_any());
    let checks = report.map(|report| view! { <Checks report/> }.into_any());
    let fields = view! { <ConnectionFields values actions/> }.into_any();
    let instructions = view! { <Instructions redirect_uris/> }.into_any();
    view! {
        {connected}
        {refusal}
        {checks}
        <div class="okta-columns">{fields} {instructions}</div>
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
