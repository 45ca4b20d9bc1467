//! `<OktaSettings/>`: the page on which an admin connects Okta.
//!
//! The page is made on the server alone and reaches the browser as HTML, whether it is loaded whole or by a link inside
//! the app. Its forms need no wasm, so none is spent on them; what JavaScript adds is in [`enhance`].

mod enhance;
#[cfg(feature = "ssr")]
mod page;
mod server_functions;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::server_functions::settings_page;

/// The settings page: setup code, connecting, checks, the connection in use. It brings its `<h1>`; put it inside
/// `<main>` on a route of your own, with `ssr=SsrMode::Async`, so that it works without JavaScript:
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::OktaSettings;
/// use leptos_router::{SsrMode, components::{Route, Routes}, path};
///
/// #[component]
/// fn Pages() -> impl IntoView {
///     view! {
///         <main>
///             <Routes fallback=|| "Not found">
///                 <Route path=path!("/settings/okta") ssr=SsrMode::Async view=OktaSettings/>
///             </Routes>
///         </main>
///     }
/// }
/// ```
///
/// `?setup=CODE` in the address opens it and is then removed from the address.
#[component]
pub fn OktaSettings() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let [setup, refused, done, older] =
        ["setup", "refused", "done", "older"].map(|name| query.get(name));
    let page = Resource::new_blocking(
        || (),
        move |()| settings_page(setup.clone(), refused.clone(), done.clone(), older.clone()),
    );
    view! {
        <section class="okta-settings">
            <h1>"Sign in with Okta"</h1>
            <Suspense fallback=|| {
                view! { <p role="status">"Loading the settings…"</p> }
            }>
                {move || {
                    page.get()
                        .map(|page| {
                            let html = page.unwrap_or_else(|refused| refused.to_html());
                            view! { <enhance::Enhanced html/> }
                        })
                }}
            </Suspense>
        </section>
    }
}
