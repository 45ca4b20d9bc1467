//! The connection: what is in use, its checks, and how to change or disconnect it.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ClientAuthentication, OpenSettings};

use super::{
    FIRST, Place,
    branding::BrandingForm,
    checks::Checks,
    client_keys::ClientKeys,
    connected::Connected,
    domains::Domains,
    form::{ConnectionFields, Values},
    instructions::Instructions,
    parts::PageField,
    setup_links::SetupLinks,
    sign_in_policy::WhoMaySignIn,
    sign_out::SignOutFromOkta,
    standing::Standing,
    tested::Tested,
};
use crate::settings::{
    section::Section,
    server_functions::{DeleteConnection, Disconnect},
};

#[component]
pub(super) fn ConnectionPage(settings: OpenSettings, place: Place) -> impl IntoView {
    let OpenSettings {
        connection_name,
        connections,
        is_super,
        domains,
        setup_links,
        new_setup_link,
        branding,
        connection,
        offers_dpop,
        redirect_uris,
        draft,
        report,
        makes_admin,
        tested,
        sign_out_calls,
        client_keys,
        by_link,
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
    let values = Values::new(draft, connection.as_ref(), offers_dpop);
    let page = place.address.clone();
    let keys_page = page.clone();
    let client_keys =
        client_keys.map(|keys| view! { <ClientKeys keys used=by_key page=keys_page/> }.into_any());
    let danger = can_disconnect.then(|| danger(&connection_name, is_super, &place));
    let several = (connections > 1 || !is_super) && !managed;
    let connections_link = place.console.href(Section::Connections);
    let here = connection.clone().filter(|_| several).map(|connection| {
        let (one, other) = (page.clone(), page.clone());
        view! {
            {view! { <Standing connection is_super page=one/> }.into_any()}
            {view! { <Domains domains is_super page=other/> }.into_any()}
        }
        .into_any()
    });
    let invites = is_super && connection_name != FIRST && !managed;
    let setup_links = invites.then(|| {
        let page = page.clone();
        view! { <SetupLinks links=setup_links made=new_setup_link page/> }.into_any()
    });
    let decides_who = !managed && !by_link;
    let policy = connection
        .as_ref()
        .filter(|_| decides_who)
        .map(|connection| {
            let (policy, page) = (connection.sign_in_policy.clone(), page.clone());
            view! { <WhoMaySignIn policy page/> }.into_any()
        });
    let branding = (connection.is_some() || invites).then(|| {
        let page = page.clone();
        view! { <BrandingForm branding page/> }.into_any()
    });
    let adds_another = connection.is_some() && connections == 1 && is_super;
    let sign_out = connection.is_some().then(|| {
        let (uris, page) = (redirect_uris.clone(), page.clone());
        view! { <SignOutFromOkta uris calls=sign_out_calls page/> }.into_any()
    });
    view! {
        {connection
            .map(|connection| view! { <Connected connection makes_admin by_link place/> }.into_any())}
        {setup_links}
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
        {policy}
        {here}
        {branding}
        {sign_out}
        {adds_another
            .then(|| {
                view! {
                    <section class="okta-card" aria-labelledby="okta-another">
                        <h2 id="okta-another">"More organizations"</h2>
                        <p>
                            "Do you sell this app to companies? Each can sign in with its own Okta. "
                            <a rel="external" href=connections_link>"Add a connection"</a>
                        </p>
                    </section>
                }
                    .into_any()
            })}
        {danger}
    }
}

/// The first connection is disconnected, and another one is deleted.
fn danger(name: &str, is_super: bool, place: &Place) -> AnyView {
    if name == FIRST {
        let page = place.address.clone();
        return view! { <DangerZone page/> }.into_any();
    }
    if !is_super {
        return ().into_any();
    }
    let page = place.console.href(Section::Connections);
    let sessions = &place.sessions;
    let mut people: Vec<String> = sessions.sessions.iter().map(|it| it.name.clone()).collect();
    people.dedup();
    let more = sessions.next.as_ref().map(|_| " and others");
    let signed_in = match people.is_empty() {
        true => "Nobody is signed in through it.".to_owned(),
        false => format!(
            "Signed in through it: {}{}.",
            people.join(", "),
            more.unwrap_or_default()
        ),
    };
    let name = name.to_owned();
    view! { <Delete name signed_in page/> }.into_any()
}

#[component]
fn Delete(name: String, signed_in: String, page: String) -> impl IntoView {
    view! {
        <section class="okta-card okta-danger-zone" aria-labelledby="okta-danger">
            <h2 id="okta-danger">"Danger zone"</h2>
            <p>
                "Deleting the connection signs out everybody who signed in through it. Its secrets, options, roles, \
                 admins, and domains are deleted. "
                {signed_in}
            </p>
            <details class="okta-confirm">
                <summary>"Delete…"</summary>
                <form method="post" action=DeleteConnection::url()>
                    <PageField page/>
                    <input type="hidden" name="name" value=name/>
                    <button type="submit" class="okta-danger">
                        "Yes, delete"
                    </button>
                </form>
            </details>
        </section>
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
