use leptos::prelude::*;
use leptos_meta::Title;
use leptos_okta::RequireAuth;

/// A page for people with the role `editor`, which an admin gives to a group on the settings page.
#[component]
pub(crate) fn Editors() -> impl IntoView {
    view! {
        <Title text="Editors"/>
        <RequireAuth role="editor">
            <Drafts/>
        </RequireAuth>
    }
}

/// A component of its own, so that nothing is loaded for people who may not see it.
#[component]
fn Drafts() -> impl IntoView {
    let drafts = Resource::new(|| (), |()| drafts());
    let told = move || {
        drafts
            .get()
            .map(|told| told.unwrap_or_else(|error| error.to_string()))
    };
    view! {
        <h1>"Editors"</h1>
        <p>"Only people with the role “editor” see this."</p>
        <Suspense fallback=|| {
            view! { <p>"Asking the server…"</p> }
        }>
            <p>{told}</p>
        </Suspense>
    }
}

/// A server function for editors only.
#[server]
async fn drafts() -> Result<String, ServerFnError> {
    let identity = leptos_okta::require_auth().role("editor").await?;
    Ok(format!("Drafts for {}: none yet.", identity.display_name()))
}
