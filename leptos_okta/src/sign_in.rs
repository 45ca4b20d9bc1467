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
    let here = address_in_app(&use_location());
    let address = move || sign_in_address(&here());
    let label = label.unwrap_or_else(|| "Sign in with Okta".to_owned());
    // `rel=external`: the server handles this link, not the router in the browser.
    view! { <a class="okta-button" rel="external" href=address>{label}</a> }
}

/// A button that ends the session here and at Okta. Works without JavaScript.
#[component]
pub fn SignOutButton(
    /// The label. Default: “Sign out”.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let logout_path = okta_context().logout_path.get_value();
    let label = label.unwrap_or_else(|| "Sign out".to_owned());
    view! {
        <form class="okta-sign-out" method="post" action=logout_path>
            <button type="submit">{label}</button>
        </form>
    }
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

/// Returns the address that starts a sign-in and comes back to `return_to`.
pub(crate) fn sign_in_address(return_to: &str) -> String {
    okta_context().login_path.with_value(|login_path| {
        let return_to = utf8_percent_encode(return_to, QUERY_VALUE);
        format!("{login_path}?return_to={return_to}")
    })
}
