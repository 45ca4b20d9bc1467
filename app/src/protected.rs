use leptos::prelude::*;
use leptos_meta::Title;
use leptos_okta::{RequireAuth, use_identity};

/// A page for people who are signed in.
#[component]
pub(crate) fn Protected() -> impl IntoView {
    view! {
        <Title text="Protected"/>
        <RequireAuth>
            <Welcome/>
        </RequireAuth>
    }
}

/// A component of its own, so that nothing is loaded for people who are redirected.
#[component]
fn Welcome() -> impl IntoView {
    let identity = use_identity();
    let name = move || {
        identity
            .get()
            .map(|identity| identity.display_name().to_owned())
    };
    let greeting = Resource::new(|| (), |()| greeting());
    let told = move || {
        greeting
            .get()
            .map(|told| told.unwrap_or_else(|error| error.to_string()))
    };
    view! {
        <h1>"Protected page"</h1>
        <p>"Only people who are signed in see this. Welcome, " {name} "."</p>
        <Suspense fallback=|| {
            view! { <p>"Asking the server…"</p> }
        }>
            <p>{told}</p>
        </Suspense>
    }
}

/// A server function for people who are signed in.
#[server]
async fn greeting() -> Result<String, ServerFnError> {
    let identity = leptos_okta::require_auth().await?;
    Ok(format!(
        "The server function was told, too: your session ends at {}.",
        identity.expires_at
    ))
}
