//! The addresses at which Okta ends sessions: to paste into Okta, with their last calls.

use leptos::{prelude::*, server_fn::ServerFn};
use okta_types::{RedirectUris, SignOutAddress, SignOutCall, SignOutCalls};

use super::{
    instructions::Address,
    parts::{Moment, PageField},
};
use crate::settings::server_functions::TrySignOut;

#[component]
pub(super) fn SignOutFromOkta(
    uris: RedirectUris,
    calls: Vec<SignOutCalls>,
    page: String,
) -> impl IntoView {
    let addresses = SignOutAddress::ALL.map(|address| {
        let calls = calls.iter().find(|calls| calls.address == address).cloned();
        let calls = calls.unwrap_or_else(|| SignOutCalls::none(address));
        let words = Words::of(address, &uris);
        let page = page.clone();
        view! { <SignOutAddressView words calls page/> }.into_any()
    });
    view! {
        <section class="okta-card" aria-labelledby="okta-sign-out">
            <h2 id="okta-sign-out">"Sign-out from Okta"</h2>
            <p>
                "Optional. With these addresses, Okta ends people’s sessions in this app at once, on every server. Only \
                 calls that Okta has signed can end sessions. Front-channel logout isn’t signed; it has to name the session."
            </p>
            {addresses.collect_view()}
        </section>
    }
}

/// What is said of an address.
struct Words {
    label: &'static str,
    id: &'static str,
    uri: String,
    purpose: &'static str,
}

impl Words {
    fn of(address: SignOutAddress, uris: &RedirectUris) -> Self {
        match address {
            SignOutAddress::FrontChannel => Self {
                label: "Front-channel logout URI",
                id: "front-channel-logout-uri",
                uri: uris.front_channel_logout.clone(),
                purpose: "Signs people out here when they sign out of Okta or of another app in the same browser. In Okta, \
                          under General → Logout, also select “Include user session details”.",
            },
            SignOutAddress::UniversalLogout => Self {
                label: "Universal Logout endpoint",
                id: "universal-logout-endpoint",
                uri: uris.universal_logout.clone(),
                purpose: "Signs a person out everywhere when an admin clears their sessions in Okta, or when Okta sees a \
                          risk.",
            },
            _ => Self {
                label: "Back-channel logout URI",
                id: "back-channel-logout-uri",
                uri: uris.back_channel_logout.clone(),
                purpose: "For providers other than Okta: Okta doesn’t offer back-channel logout.",
            },
        }
    }
}

#[component]
fn SignOutAddressView(words: Words, calls: SignOutCalls, page: String) -> impl IntoView {
    let address = calls.address;
    let never = calls.accepted.is_none() && calls.refused.is_none();
    let name = format!("Try it: {}", words.label);
    view! {
        <div class="okta-sign-out-address" id=format!("okta-sign-out-{}", address.as_str())>
            <h3>{address.title()}</h3>
            <p class="okta-hint">{words.purpose}</p>
            <Address label=words.label id=words.id address=words.uri/>
            <ul class="okta-calls">
                {never.then(|| view! { <li>"Never called."</li> })}
                {calls.accepted.map(|call| view! { <Call what="Last call" call/> })}
                {calls.refused.map(|call| view! { <Call what="Last call that was refused" call/> })}
            </ul>
            <form method="post" action=TrySignOut::url()>
                <PageField page/>
                <input type="hidden" name="address" value=address.as_str()/>
                <button type="submit" class="okta-quiet" aria-label=name>
                    "Try it"
                </button>
                <p class="okta-hint">
                    "Calls this address without Okta’s signature. The app should refuse the call. Nobody is signed out."
                </p>
            </form>
        </div>
    }
}

#[component]
fn Call(what: &'static str, call: SignOutCall) -> impl IntoView {
    view! {
        <li>
            {what} ", " <Moment at=call.at/> ": " {call.result}
        </li>
    }
}
