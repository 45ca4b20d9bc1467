use leptos::prelude::*;
use leptos_meta::Title;
use leptos_okta::{SignInButton, SignedIn, SignedOut, use_connected};
use leptos_router::components::A;

/// Shows whether Okta is connected and who is signed in.
#[component]
pub(crate) fn Home() -> impl IntoView {
    let connected = use_connected();
    view! {
        <Title text="Home"/>
        <h1>"A small app that signs in with Okta"</h1>
        <Show when=move || connected fallback=NotConnected>
            <SignedOut>
                <p>"Anyone can read this page. Sign in to open the guarded one."</p>
                <SignInButton/>
            </SignedOut>
            <SignedIn>
                <p>
                    "You're signed in. Open the " <A href="/protected">"guarded page"</A> ", the "
                    <A href="/engineering">"page for one group"</A> ", or "
                    <A href="/identity">"what this app knows about you"</A> "."
                </p>
            </SignedIn>
        </Show>
    }
}

#[component]
fn NotConnected() -> impl IntoView {
    view! {
        <p>"Okta is not connected yet, so nobody can sign in."</p>
        <p>
            <A href="/settings/okta" attr:class="okta-button">"Connect Okta"</A>
        </p>
    }
}
