//! `<OktaSettings/>`: the console in which an admin connects Okta.
//!
//! Its pages are rendered on the server only and reach the browser as HTML, whether by a full load
//! or by a link inside the app. Their forms need no WebAssembly, so they add none; what JavaScript
//! adds is in `enhance`.

#[cfg(not(feature = "ssr"))]
pub(crate) mod ask;
#[cfg(feature = "ssr")]
mod back;
#[cfg(feature = "ssr")]
mod console;
#[cfg(not(feature = "ssr"))]
mod enhance;
mod forms;
mod load;
#[cfg(feature = "ssr")]
mod page;
#[cfg(not(feature = "ssr"))]
pub(crate) mod received;
mod refused;
#[cfg(feature = "ssr")]
pub(crate) mod rendered;
#[cfg(feature = "ssr")]
mod request;
mod section;
mod server_functions;

use leptos::prelude::*;
#[cfg(not(feature = "ssr"))]
use leptos::server_fn::ServerFn;
use leptos_router::hooks::{use_location, use_params_map};

#[cfg(not(feature = "ssr"))]
use self::load::SettingsPage;
#[cfg(feature = "ssr")]
use self::load::settings_page;
pub use self::section::OktaSection;
use self::section::SECTION;
#[cfg(feature = "ssr")]
pub(crate) use self::{
    back::see_other,
    console::with_query,
    page::{Badge, Moment, PageField, Tone},
    request::parameters,
};
pub(crate) use self::{
    forms::FormBody,
    refused::{Refused, alert},
};

/// The settings page: overview, connection, roles, people, activity. It brings its own `<h1>`. Put it
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
    let address = move || Address {
        path: location.pathname.get(),
        search: location.search.get(),
        section: params.with(|params| params.get(SECTION).map(|section| format!("/{section}"))),
    };
    #[cfg(feature = "ssr")]
    return {
        let address = untrack(address);
        let page = rendered::content(move || {
            let Address {
                path,
                search,
                section,
            } = address.clone();
            settings_page(path, search, section)
        });
        view! { <section class="okta-settings">{page}</section> }
    };
    #[cfg(not(feature = "ssr"))]
    return received::content("okta-settings", address, asked);
}

/// Which page is shown.
#[derive(Clone, PartialEq, Eq)]
struct Address {
    path: String,
    search: String,
    /// The route's parameter after a slash, if it has one: a form can't tell an empty one from none.
    section: Option<String>,
}

#[cfg(not(feature = "ssr"))]
async fn asked(
    Address {
        path,
        search,
        section,
    }: Address,
) -> String {
    let fields = [
        ("path", Some(path)),
        ("search", Some(search)),
        ("section", section),
    ];
    let page = ask::ask(SettingsPage::PATH, &fields).await;
    page.unwrap_or_else(|| alert(okta_types::NO_ANSWER))
}
