use leptos::prelude::*;
use leptos_meta::Title;
use leptos_okta::{RequireAuth, use_identity};

/// A page for people who are signed in.
#[component]
pub(crate) fn Protected() -> impl IntoView {
    let identity = use_identity();
    let name = move || {
        identity
            .get()
            .map(|identity| identity.display_name().to_owned())
    };
    let visits = Resource::new(|| (), |()| greeting());
    view! {
        <Title text="Protected"/>
        <RequireAuth>
            <h1>"Protected page"</h1>
            <p>"Only people who are signed in see this. Welcome, " {name} "."</p>
            <Suspense fallback=|| {
                view! { <p>"Asking the server…"</p> }
            }>
                {move || {
                    visits
                        .get()
                        .map(|greeting| match greeting {
                            Ok(greeting) => view! { <p>{greeting}</p> }.into_any(),
                            Err(error) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
                        })
                }}
            </Suspense>
        </RequireAuth>
    }
}

/// A server function that answers only people who are signed in.
#[server]
async fn greeting() -> Result<String, ServerFnError> {
    let identity = leptos_okta::require_auth().await?;
    Ok(format!(
        "The server function was told, too: your session ends at {}.",
        identity.expires_at
    ))
}
