//! The pages. They are rendered on the server alone, guards and buttons included.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_okta::{
    OktaSection, OktaSettings, RequireAuth, SessionNotice, SignInButton, SignOutButton, SignedIn,
    SignedOut, provide_okta, use_identity,
};
use leptos_router::{
    SsrMode, StaticSegment,
    components::{A, Route, Router, Routes},
    path,
};

use crate::counter::Counter;

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="stylesheet" href="/okta.css"/>
                <HydrationScripts options islands=true/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_okta();

    view! {
        <Title text="islands"/>
        <Router>
            <header>
                <nav>
                    <A href="/">"Home"</A>
                    " "
                    <A href="/votes">"Votes"</A>
                    " "
                    <A href="/settings/okta">"Settings"</A>
                </nav>
                <SignedIn><SignOutButton/></SignedIn>
                <SignedOut><SignInButton/></SignedOut>
            </header>
            <main>
                <Routes fallback=|| "Page not found.">
                    <Route path=StaticSegment("") view=Home/>
                    <Route path=path!("/votes") ssr=SsrMode::Async view=Votes/>
                    <Route path=(path!("/settings/okta"), OktaSection) ssr=SsrMode::Async view=OktaSettings/>
                </Routes>
            </main>
            <SessionNotice/>
        </Router>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! {
        <h1>"Anyone can vote here."</h1>
        <Counter name="Somebody".to_owned()/>
    }
}

#[component]
fn Votes() -> impl IntoView {
    view! { <RequireAuth><OwnVotes/></RequireAuth> }
}

// A component of its own: it is asked for only if somebody is signed in.
#[component]
fn OwnVotes() -> impl IntoView {
    let identity = use_identity().get_untracked();
    let name = identity.map(|identity| identity.display_name().to_owned());
    view! {
        <h1>"Your votes"</h1>
        <Counter name=name.unwrap_or_default()/>
    }
}
