//! What an app puts into its header: content by who is signed in, and the two buttons.

use leptos::prelude::*;
use leptos_router::{hooks::use_location, location::Location};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::identity::okta_context;

/// Shows its children only to people who are signed in.
#[component]
pub fn SignedIn(
    /// Shown to people who are signed in.
    children: ChildrenFn,
) -> impl IntoView {
    let identity = okta_context().identity;
    view! { <Show when=move || identity.with(Option::is_some)>{children()}</Show> }
}

/// Shows its children only while nobody is signed in.
#[component]
pub fn SignedOut(
    /// Shown to people who aren't signed in.
    children: ChildrenFn,
) -> impl IntoView {
    let identity = okta_context().identity;
    view! { <Show when=move || identity.with(Option::is_none)>{children()}</Show> }
}

/// A link that starts the sign-in and comes back to the current page. Works without JavaScript.
///
/// Requires a `Router` around it.
#[component]
pub fn SignInButton(
    /// The label. Default: “Sign in with Okta”.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let path = use_sign_in_path();
    let label = label.unwrap_or_else(|| "Sign in with Okta".to_owned());
    // `rel=external`: the server handles this link, not the router in the browser.
    view! { <a class="okta-button" rel="external" href=path>{label}</a> }
}

/// A button that ends the session here and at Okta. Works without JavaScript.
#[component]
pub fn SignOutButton(
    /// The label. Default: “Sign out”.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let label = label.unwrap_or_else(|| "Sign out".to_owned());
    view! {
        <form class="okta-sign-out" method="post" action=use_logout_path()>
            <button type="submit">{label}</button>
        </form>
    }
}

/// The path that starts a sign-in and comes back to the current page, for a link of your own. Give
/// the link `rel="external"`, so that the server answers it.
///
/// Needs a `Router` around it.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::use_sign_in_path;
///
/// #[component]
/// fn SignIn() -> impl IntoView {
///     view! { <a rel="external" href=use_sign_in_path()>"Log in"</a> }
/// }
/// ```
#[must_use]
pub fn use_sign_in_path() -> Signal<String> {
    let here = address_in_app(&use_location());
    let login_path = okta_context().login_path;
    Signal::derive(move || {
        let here = here();
        let return_to = utf8_percent_encode(&here, QUERY_VALUE);
        login_path.with_value(|login_path| format!("{login_path}?return_to={return_to}"))
    })
}

/// The path that ends the session, for a form of your own. It takes `POST` only.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::use_logout_path;
///
/// #[component]
/// fn SignOut() -> impl IntoView {
///     view! { <form method="post" action=use_logout_path()><button>"Log out"</button></form> }
/// }
/// ```
#[must_use]
pub fn use_logout_path() -> String {
    okta_context().logout_path.get_value()
}

/// Everything but the unreserved characters of RFC 3986 §2.3 and `/`.
pub(crate) const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The path and query of the page that the router shows.
pub(crate) fn address_in_app(location: &Location) -> impl Fn() -> String + use<> {
    let (path, search) = (location.pathname, location.search);
    move || {
        let (path, search) = (path.get(), search.get());
        match search.trim_start_matches('?') {
            "" => path,
            search => format!("{path}?{search}"),
        }
    }
}
