//! The app without the plugin.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
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

    view! {
        <Title text="start"/>
        <Router>
            <header>
                <nav>
                    <A href="/">"Home"</A>
                    " "
                    <A href="/notes">"Notes"</A>
                </nav>
            </header>
            <main>
                <Routes fallback=|| "Page not found.">
                    <Route path=StaticSegment("") view=Home/>
                    <Route path=path!("/notes") ssr=SsrMode::Async view=NoteList/>
                </Routes>
            </main>
        </Router>
    }
}
