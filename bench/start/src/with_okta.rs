//! The same app with the plugin: who is signed in, both buttons, a guard, and the settings page.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_okta::{
    OktaSection, OktaSettings, RequireAuth, SignInButton, SignOutButton, SignedIn, SignedOut,
    provide_okta,
};
use leptos_router::{
    SsrMode, StaticSegment,
    components::{A, Route, Router, Routes},
    path,
};

use crate::notes::{Home, NoteList};

/// The app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_okta();

    view! {
        <Title text="start"/>
        <Router>
            <header>
                <nav>
                    <A href="/">"Home"</A>
                    " "
                    <A href="/notes">"Notes"</A>
                </nav>
                <SignedIn><SignOutButton/></SignedIn>
                <SignedOut><SignInButton/></SignedOut>
            </header>
            <main>
                <Routes fallback=|| "Page not found.">
                    <Route path=StaticSegment("") view=Home/>
                    <Route path=path!("/notes") ssr=SsrMode::Async view=Notes/>
                    <Route path=(path!("/settings/okta"), OktaSection) ssr=SsrMode::Async view=OktaSettings/>
                </Routes>
            </main>
        </Router>
    }
}

#[component]
fn Notes() -> impl IntoView {
    view! { <RequireAuth><NoteList/></RequireAuth> }
}
