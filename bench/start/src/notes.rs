//! The pages, which are the same without the plugin.

use leptos::prelude::*;

/// A page for everybody.
#[component]
pub fn Home() -> impl IntoView {
    view! { <h1>"Anyone can read this."</h1> }
}

/// What a server function says.
#[component]
pub fn NoteList() -> impl IntoView {
    let notes = Resource::new(|| (), |()| notes());
    let text = move || notes.get().map(|notes| notes.unwrap_or_default());
    view! {
        <h1>"Notes"</h1>
        <Suspense fallback=|| "Loading…">
            <p>{text}</p>
        </Suspense>
    }
}

/// Guarded with the plugin, and open without it.
#[server(endpoint = "notes")]
pub async fn notes() -> Result<String, ServerFnError> {
    #[cfg(feature = "okta")]
    leptos_okta::require_auth().await?;
    Ok("No notes yet.".to_owned())
}
