//! The connection: what is in use, its checks, and how to change or disconnect it.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ClientAuthentication, OpenSettings};

use super::{
    Place,
    checks::Checks,
    client_keys::ClientKeys,
    connected::Connected,
    form::{ConnectionFields, Values},
    instructions::Instructions,
    parts::PageField,
    sign_out::SignOutFromOkta,
    tested::Tested,
};
use crate::settings::server_functions::Disconnect;

#[component]
pub(super) fn ConnectionPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let OpenSettings {
        connection,
        redirect_uris,
        draft,
        report,
        makes_admin,
        tested,
        sign_out_calls,
        client_keys,
        ..
    } = settings;
    let managed = connection
        .as_ref()
        .is_some_and(|connection| connection.managed);
    let by_key = connection.as_ref().is_some_and(|connection| {
        connection.options.client_authentication == ClientAuthentication::PrivateKeyJwt
    });
    let can_disconnect = connection.is_some() && !managed;
    let saving = draft.is_some();
    let values = Values::new(draft, connection.as_ref());
    let page = place.address.clone();
    let disconnect_page = page.clone();
    let keys_page = page.clone();
    let client_keys =
        client_keys.map(|keys| view! { <ClientKeys keys used=by_key page=keys_page/> }.into_any());
    let sign_out = connection.is_some().then(|| {
        let (uris, page) = (redirect_uris.clone(), page.clone());
        view! { <SignOutFromOkta uris calls=sign_out_calls page/> }.into_any()
    });
    view! {
        {connection
            .map(|connection| view! { <Connected connection makes_admin place/> }.into_any())}
        {report.map(|report| view! { <Checks report saving/> }.into_any())}
        {tested.map(|report| view! { <Tested report/> }.into_any())}
        <div class="okta-columns">
            {(!managed)
                .then(|| {
                    let title = values.title();
                    view! {
                        <section class="okta-card" aria-labelledby="okta-form">
                            <h2 id="okta-form">{title}</h2>
                            {view! { <ConnectionFields values page/> }.into_any()}
                        </section>
                    }
                        .into_any()
                })}
            <section class="okta-card" aria-labelledby="okta-instructions">
                <h2 id="okta-instructions">"In the Okta Admin Console"</h2>
                {view! { <Instructions redirect_uris managed/> }.into_any()}
            </section>
        </div>
        {client_keys}
        {sign_out}
        {can_disconnect.then(|| view! { <DangerZone page=disconnect_page/> }.into_any())}
    }
}

#[component]
fn DangerZone(page: String) -> impl IntoView {
    view! {
        <section class="okta-card okta-danger-zone" aria-labelledby="okta-danger">
            <h2 id="okta-danger">"Danger zone"</h2>
            <p>
                "Disconnecting signs everyone out, and nobody can sign in until Okta is connected again. The client ID, \
                 secrets and options are deleted; roles are kept."
            </p>
            <details class="okta-confirm">
                <summary>"Disconnect…"</summary>
                <form method="post" action=Disconnect::url()>
                    <PageField page/>
                    <button type="submit" class="okta-danger">
                        "Yes, disconnect"
                    </button>
                </form>
            </details>
        </section>
    }
}
