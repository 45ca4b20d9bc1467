//! The document, and the frame around every page.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_okta::{
    OktaSection, OktaSettings, SignInButton, SignOutButton, SignedIn, SignedOut, provide_okta,
    use_connected,
};
use leptos_router::{
    SsrMode, StaticSegment,
    components::{A, Route, Router, Routes},
    path,
};

use crate::pages::{Home, Login, NotFound, PostPage, Settings, Write};

/// The document around the app.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="icon" href="data:,"/>
                <link rel="stylesheet" href="/okta.css"/>
                <link rel="stylesheet" href="/pkg/blog.css"/>
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

    view! {
        <Title text="The blog"/>
        <Router>
            <header class="masthead">
                <A href="/" attr:class="title">"The blog"</A>
                <nav aria-label="Main">
                    <A href="/write">"Write"</A>
                    <A href="/settings">"Settings"</A>
                </nav>
                <SignedIn><SignOutButton/></SignedIn>
                <SignedOut>{connected.then(|| view! { <SignInButton label="Staff"/> })}</SignedOut>
            </header>
            <main>
                <Routes fallback=NotFound>
                    <Route path=StaticSegment("") ssr=SsrMode::Async view=Home/>
                    <Route path=path!("/posts/:id") ssr=SsrMode::Async view=PostPage/>
                    <Route path=path!("/write") ssr=SsrMode::Async view=Write/>
                    <Route path=path!("/login") ssr=SsrMode::Async view=Login/>
                    <Route path=path!("/settings") ssr=SsrMode::Async view=Settings/>
                    <Route path=(path!("/staff/okta"), OktaSection) ssr=SsrMode::Async view=OktaSettings/>
                </Routes>
            </main>
        </Router>
    }
}
