//! The connection in use, and what to do with it.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{ConnectionSummary, GroupsFrom};

use super::{
    Place,
    overview::becomes_admin,
    parts::{Badge, Moment, PageField, SignIn, Tone},
};
use crate::settings::server_functions::CheckAgain;

pub(super) fn title(connection: &ConnectionSummary) -> String {
    format!("Connected to {}", connection.options.display_name)
}

#[component]
pub(super) fn Connected(
    connection: ConnectionSummary,
    /// Whether the next person to sign in becomes the admin.
    makes_admin: bool,
    /// Of this connection alone, if a setup link led here.
    by_link: bool,
    place: Place,
) -> impl IntoView {
    let Place {
        address,
        sign_in,
        test,
        ..
    } = place;
    let managed = connection.managed;
    view! {
        <section class="okta-card okta-connected" aria-labelledby="okta-connected">
            <div class="okta-card-head">
                <h2 id="okta-connected">{title(&connection)}</h2>
                <Badge tone=Tone::Good text=if managed { "Managed" } else { "Connected" }/>
            </div>
            {managed
                .then(|| {
                    view! {
                        <p class="okta-managed">
                            "Managed by the server’s environment. To change this connection, change it there and restart \
                             the server."
                        </p>
                    }
                })}
            <Facts connection/>
            {makes_admin
                .then(|| {
                    view! {
                        <p class="okta-next">
                            {becomes_admin(by_link)}
                        </p>
                        <SignIn address=sign_in/>
                    }
                })}
            <div class="okta-actions">
                // In a new tab, so that what is entered on this page stays.
                <form method="post" action=test target="_blank">
                    <input type="hidden" name="return_to" value=format!("{address}#okta-tested")/>
                    <button type="submit">"Test sign-in"</button>
                    <p class="okta-hint">
                        "Signs you in at Okta in a new tab and shows what Okta sends. Your session here stays as it is."
                    </p>
                </form>
                <form method="post" action=CheckAgain::url()>
                    <PageField page=address/>
                    <button type="submit">"Run checks"</button>
                    <p class="okta-hint okta-progress" role="status">
                        "Verifies the issuer, the credentials and the redirect URI with Okta."
                    </p>
                </form>
            </div>
        </section>
    }
}

#[component]
pub(super) fn Facts(connection: ConnectionSummary) -> impl IntoView {
    let groups = match connection.options.groups_from {
        GroupsFrom::Api => "From Okta’s API".to_owned(),
        GroupsFrom::Provisioning => "What Okta pushes (provisioning)".to_owned(),
        GroupsFrom::Nowhere => "Not used".to_owned(),
        _ => format!("From the claim “{}”", connection.options.groups_claim),
    };
    view! {
        <dl class="okta-facts">
            <div>
                <dt>"Issuer"</dt>
                <dd>
                    <code>{connection.issuer}</code>
                </dd>
            </div>
            <div>
                <dt>"Client ID"</dt>
                <dd>
                    <code>{connection.client_id}</code>
                </dd>
            </div>
            <div>
                <dt>"Groups"</dt>
                <dd>{groups}</dd>
            </div>
            {(!connection.managed)
                .then(|| {
                    view! {
                        <div>
                            <dt>"Connected since"</dt>
                            <dd>
                                <Moment at=connection.connected_at/>
                            </dd>
                        </div>
                    }
                })}
        </dl>
    }
}
