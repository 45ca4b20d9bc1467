//! `<MySessions/>`: the browsers in which a person is signed in.
//!
//! Like the settings page, it is rendered on the server only, and its forms need no WebAssembly.

#[cfg(feature = "ssr")]
mod list;

use leptos::{
    prelude::*,
    server_fn::{
        Http,
        codec::{Json, Post},
    },
};
use leptos_router::hooks::use_location;

use crate::{
    settings::{self, FormBody, Refused},
    sign_in::address_in_app,
};

/// What an end adds to the address of the page that it returns to.
#[cfg(feature = "ssr")]
const OUTCOME: &str = "okta_sessions";

/// A list of the browsers in which whoever is signed in is signed in, with the one in use marked. A
/// button ends each of the others, and one ends all of them: at once, on every server, also if they
/// are lost or stolen. Works without JavaScript.
///
/// Put it on a page of your own, for people who are signed in. The page needs a `Router`, and
/// `ssr=SsrMode::Async` to work without JavaScript. The stylesheet is [`STYLE`](crate::STYLE). Forms
/// return to the page with `okta_sessions` in its query.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::{MySessions, RequireAuth};
///
/// #[component]
/// fn Account() -> impl IntoView {
///     view! {
///         <RequireAuth>
///             <h1>"Your account"</h1>
///             <h2>"Where you’re signed in"</h2>
///             <MySessions/>
///         </RequireAuth>
///     }
/// }
/// ```
#[component]
pub fn MySessions() -> impl IntoView {
    let address = address_in_app(&use_location());
    #[cfg(feature = "ssr")]
    return {
        let page = untrack(address);
        let list = settings::rendered::content(move || my_sessions(page.clone()));
        view! { <section class=CLASS>{list}</section> }
    };
    #[cfg(not(feature = "ssr"))]
    return settings::received::content(CLASS, address, asked);
}

/// The settings page's style, and its times in the reader's time zone.
const CLASS: &str = "okta-settings okta-my-sessions";

/// What the browser asks the server for when a link in the app led to the page.
#[cfg(not(feature = "ssr"))]
async fn asked(page: String) -> String {
    use leptos::server_fn::ServerFn;

    let list = settings::ask::ask(MyOwnSessions::PATH, &[("page", Some(page))]).await;
    list.unwrap_or_else(|| settings::alert(okta_types::NO_ANSWER))
}

/// Returns the list as HTML. `page` is the address of the page that it is on.
#[server(name = MyOwnSessions, prefix = "/api/okta", endpoint = "my_sessions")]
pub async fn my_sessions(page: String) -> Result<String, Refused> {
    Ok(list::html(page).await)
}

/// Ends one of the sessions of whoever is signed in.
#[server(prefix = "/api/okta", endpoint = "end_my_session", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_my_session(
    #[server(default)] page: String,
    #[server(default)] id: String,
) -> Result<(), Refused> {
    list::end(&page, async |own| own.end(&id).await).await
}

/// Ends their other sessions.
#[server(prefix = "/api/okta", endpoint = "end_my_other_sessions", protocol = Http<Post<FormBody>, Json>)]
pub async fn end_my_other_sessions(#[server(default)] page: String) -> Result<(), Refused> {
    list::end(&page, async |own| own.end_others().await.map(|_| ())).await
}
