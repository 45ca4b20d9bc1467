//! `<OktaSettings/>`: the console in which an admin connects Okta.
//!
//! Its pages are rendered on the server only and reach the browser as HTML, whether by a full load
//! or by a link inside the app. Their forms need no WebAssembly, so they add none; what JavaScript
//! adds is in [`enhance`].

#[cfg(feature = "ssr")]
mod console;
mod enhance;
mod forms;
#[cfg(feature = "ssr")]
mod page;
mod section;
mod server_functions;

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};

pub use self::section::OktaSection;
use self::{section::SECTION, server_functions::settings_page};

/// The settings page: overview, connection, roles, activity. It brings its own `<h1>`. Put it
/// inside `<main>` on a route of your own, with [`OktaSection`] at the end of the path, and
/// `ssr=SsrMode::Async` so that it works without JavaScript:
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::{OktaSection, OktaSettings};
/// use leptos_router::{SsrMode, components::{Route, Routes}, path};
///
/// #[component]
/// fn Pages() -> impl IntoView {
///     view! {
///         <main>
///             <Routes fallback=|| "Not found">
///                 <Route path=(path!("/settings/okta"), OktaSection) ssr=SsrMode::Async view=OktaSettings/>
///             </Routes>
///         </main>
///     }
/// }
/// ```
///
/// On a route without `OktaSection`, the sections are in the query, as in
/// `/settings/okta?section=roles`.
///
/// `?setup=CODE` in the address enters the setup code, and is then removed from the address.
#[component]
pub fn OktaSettings() -> impl IntoView {
    let (location, params) = (use_location(), use_params_map());
    let address = move || {
        (
            location.pathname.get(),
            location.search.get(),
            params.with(|params| params.get(SECTION)),
        )
    };
    let page = Resource::new_blocking(address, |(path, search, section)| {
        settings_page(path, search, section)
    });
    view! {
        <section class="okta-settings">
            // The previous page stays until the next one has loaded.
            <Transition fallback=|| {
                view! { <p role="status">"Loading…"</p> }
            }>
                {move || {
                    page.get()
                        .map(|page| {
                            let html = page.unwrap_or_else(|refused| refused.to_html());
                            view! { <enhance::Enhanced html/> }
                        })
                }}
            </Transition>
        </section>
    }
}
