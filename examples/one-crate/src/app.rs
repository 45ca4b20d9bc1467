//! The pages.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_okta::{
    OktaSection, OktaSettings, RequireAuth, SignInButton, SignOutButton, SignedIn, SignedOut,
    provide_okta, use_connected, use_identity,
};
use leptos_router::{
    SsrMode, StaticSegment,
    components::{A, Route, Router, Routes},
    path,
};

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href="/okta.css"/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options/>
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
    let connected = use_connected();
    let identity = use_identity();
    let is_admin = move || {
        identity
            .get()
            .is_some_and(|identity| identity.has_role("admin"))
    };

    view! {
        <Title text="one-crate"/>
        <Router>
            <header>
                <nav>
                    <A href="/">"Home"</A>
                    " "
                    <A href="/notes">"Notes"</A>
                    " "
                    <Show when=is_admin><A href="/settings/okta">"Settings"</A></Show>
                </nav>
                <SignedIn><SignOutButton/></SignedIn>
                <SignedOut>{connected.then(|| view! { <SignInButton/> })}</SignedOut>
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
fn Home() -> impl IntoView {
    view! { <h1>"Anyone can read this."</h1> }
}

#[component]
fn Notes() -> impl IntoView {
    view! {
        <RequireAuth>
            <h1>"Notes"</h1>
            <NoteList/>
        </RequireAuth>
    }
}

// A component of its own: nothing is loaded for people who can't see it.
#[component]
fn NoteList() -> impl IntoView {
    let notes = Resource::new(|| (), |()| notes());
    let text = move || notes.get().map(|notes| notes.unwrap_or_default());
    view! { <Suspense fallback=|| "Loading…"><p>{text}</p></Suspense> }
}

/// Anyone can call a server function, so it is guarded, too.
#[server(endpoint = "notes")]
pub async fn notes() -> Result<String, ServerFnError> {
    let identity = leptos_okta::require_auth().await?;
    Ok(format!("No notes for {} yet.", identity.display_name()))
}
