//! `require_auth`, in a server function and around a view.

use leptos::{either::Either, prelude::*};
use leptos_router::hooks::use_location;

use crate::{identity::okta_context, sign_in::sign_in_address};

/// The identity of whoever calls this server function; refuses when nobody is signed in, with status 401.
///
/// # Errors
///
/// [`NotSignedIn`](axum_okta::NotSignedIn), which converts into `ServerFnError` with `?`.
///
/// ```
/// use leptos::prelude::*;
///
/// #[server]
/// async fn my_orders() -> Result<Vec<String>, ServerFnError> {
///     let identity = leptos_okta::require_auth().await?;
///     Ok(vec![format!("an order of {}", identity.subject)])
/// }
/// ```
#[cfg(feature = "ssr")]
pub async fn require_auth() -> Result<okta_types::Identity, axum_okta::NotSignedIn> {
    use axum_okta::{CurrentIdentity, NotSignedIn};

    let identity = use_context::<axum::http::request::Parts>().and_then(|parts| {
        let current = parts.extensions.get::<CurrentIdentity>()?;
        Some(okta_types::Identity::clone(current.get()?))
    });
    identity.ok_or_else(|| {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(axum::http::StatusCode::UNAUTHORIZED);
        }
        NotSignedIn
    })
}

/// Shows its children to whoever is signed in, and sends everybody else to sign in and back here.
///
/// On the server that is a redirect without a body; on a navigation inside the browser it leaves the app for the
/// sign-in. What the children show is decided on the server; what they load must be guarded there too, with
/// [`require_auth`] in the server function.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::RequireAuth;
///
/// #[component]
/// fn Reports() -> impl IntoView {
///     view! { <RequireAuth><h1>"Reports"</h1></RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(
    /// What only people who are signed in see.
    children: ChildrenFn,
) -> impl IntoView {
    let identity = okta_context().identity;
    move || {
        let signed_in = identity.with(|identity| {
            identity
                .as_ref()
                .is_some_and(|identity| !has_expired(identity.expires_at))
        });
        if signed_in {
            Either::Left(children())
        } else {
            Either::Right(view! { <ToSignIn/> })
        }
    }
}

#[component]
fn ToSignIn() -> impl IntoView {
    let location = use_location();
    let here = move || {
        let path = location.pathname.get_untracked();
        match location.search.get_untracked() {
            search if search.is_empty() => path,
            search => format!("{path}?{}", search.trim_start_matches('?')),
        }
    };
    leave_for(&sign_in_address(&here()));
    view! { <p role="status">"Taking you to the sign-in…"</p> }
}

#[cfg(feature = "ssr")]
fn leave_for(address: &str) {
    use axum::http::{HeaderValue, StatusCode, header};

    // Not leptos_axum::redirect(): that one redirects only whoever asks for HTML, and this page is closed to all.
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(location) = HeaderValue::from_str(address)
    {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}

#[cfg(not(feature = "ssr"))]
fn leave_for(address: &str) {
    let address = address.to_owned();
    // After this rendering, so that the page being left is whole.
    request_animation_frame(move || {
        if window().location().assign(&address).is_err() {
            leptos::logging::error!("the browser refused to go to the sign-in");
        }
    });
}

/// On the server an identity that has expired is not there to begin with.
#[cfg(feature = "ssr")]
fn has_expired(_: okta_types::Timestamp) -> bool {
    false
}

#[cfg(not(feature = "ssr"))]
fn has_expired(expires_at: okta_types::Timestamp) -> bool {
    js_sys::Date::now() / 1000.0 > expires_at.0 as f64
}
