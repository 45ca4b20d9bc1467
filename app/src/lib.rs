//! The pages of the reference app. It uses `leptos_okta` as any other app would.

mod editors;
mod engineering;
mod home;
mod identity;
mod payments;
mod protected;
mod settings;
mod shell;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_okta::{
    OktaSection, SessionNotice, SignInButton, SignOutButton, SignedIn, SignedOut, provide_okta,
    use_connected, use_identity,
};
use leptos_router::{
    SsrMode, StaticSegment,
    components::{A, Route, Router, Routes},
    path,
};

pub use crate::shell::shell;
use crate::{
    editors::Editors, engineering::Engineering, home::Home, identity::IdentityPage,
    payments::Payments, protected::Protected, settings::Settings,
};

/// The whole app: header, navigation, and the page of the current address.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_okta();

    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Reference app".to_owned() } else { format!("{title} – Reference app") }
        }/>
        <Router>
            <Header/>
            <main>
                <Routes fallback=|| view! { <h1>"Page not found"</h1> }>
                    <Route path=StaticSegment("") view=Home/>
                    // Pages that wait for data are sent complete, so that they work without
                    // JavaScript.
                    <Route path=path!("/protected") ssr=SsrMode::Async view=Protected/>
                    <Route path=path!("/payments") ssr=SsrMode::Async view=Payments/>
                    <Route path=path!("/editors") ssr=SsrMode::Async view=Editors/>
                    <Route path=path!("/engineering") ssr=SsrMode::Async view=Engineering/>
                    <Route path=path!("/identity") ssr=SsrMode::Async view=IdentityPage/>
                    <Route path=(path!("/settings/okta"), OktaSection) ssr=SsrMode::Async view=Settings/>
                </Routes>
            </main>
            <SessionNotice/>
        </Router>
    }
}

#[component]
fn Header() -> impl IntoView {
    let identity = use_identity();
    let connected = use_connected();
    let name = move || {
        identity
            .get()
            .map(|identity| identity.display_name().to_owned())
    };
    view! {
        <header class="bar">
            <div class="bar-row">
                <A href="/" attr:class="brand">
                    <span class="mark" aria-hidden="true"></span>
                    "Reference app"
                </A>
                <nav aria-label="Main">
                    <A href="/" exact=true>"Home"</A>
                    <A href="/protected">"Protected"</A>
                    <A href="/editors">"Editors"</A>
                    <A href="/identity">"Identity"</A>
                    <A href="/settings/okta">"Settings"</A>
                </nav>
                <div class="visitor">
                    <SignedIn>
                        <span class="who"><span class="who-label">"Signed in as "</span> <b>{name}</b></span>
                        <SignOutButton/>
                    </SignedIn>
                    <SignedOut>
                        {connected.then(|| view! { <SignInButton/> })}
                    </SignedOut>
                </div>
            </div>
        </header>
    }
}

// Compiles the examples in the README and in the guides.
#[cfg(all(doctest, feature = "ssr"))]
mod guides {
    #[doc = include_str!("../../README.md")]
    struct Readme;

    #[doc = include_str!("../../docs/add-to-your-app.md")]
    struct AddToYourApp;

    #[doc = include_str!("../../docs/deploy.md")]
    struct Deploy;
}
