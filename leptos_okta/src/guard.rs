//! `require_auth`, in a server function and around a view.

use leptos::{either::EitherOf3, prelude::*};
use leptos_router::hooks::use_location;
use okta_types::{Forbidden, Requirement};

use crate::{identity::okta_context, sign_in::sign_in_address};

#[cfg(feature = "ssr")]
pub use self::server::{AuthError, RequireAuthCall, require_auth};

/// Shows its children to whoever is signed in, and sends everybody else to sign in and back here.
///
/// On the server that is a redirect without a body; on a navigation inside the browser it leaves the app for the
/// sign-in. What the children show is decided on the server; what they load must be guarded there too, with
/// [`require_auth`] in the server function.
///
/// In the browser it decides by the identity that came with the page: a role that an admin takes away meanwhile closes the
/// view at the next load, and what it loads from the server at once.
///
/// With `role`, `any_role` or `group`, whoever lacks what is named sees that they may not, with status 403, and is not
/// sent to sign in again. Everything named must hold.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::RequireAuth;
///
/// #[component]
/// fn Reports() -> impl IntoView {
///     view! { <RequireAuth><h1>"Reports"</h1></RequireAuth> }
/// }
///
/// #[component]
/// fn Drafts() -> impl IntoView {
///     view! { <RequireAuth any_role=["editor", "author"]><h1>"Drafts"</h1></RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(
    /// A role they must have.
    #[prop(optional, into)]
    role: Option<String>,
    /// Roles of which they must have one.
    #[prop(optional, into)]
    any_role: Option<AnyRole>,
    /// A group of Okta's they must be in.
    #[prop(optional, into)]
    group: Option<String>,
    /// What only people who may see it see.
    children: ChildrenFn,
) -> impl IntoView {
    let mut requirement = Requirement::default();
    if let Some(role) = role {
        requirement = requirement.role(role);
    }
    if let Some(AnyRole(roles)) = any_role {
        requirement = requirement.any_role(roles);
    }
    if let Some(group) = group {
        requirement = requirement.group(group);
    }
    let identity = okta_context().identity;
    move || {
        let checked = identity.with(|identity| {
            let identity = identity.as_ref()?;
            (!has_expired(identity.expires_at)).then(|| requirement.check(identity))
        });
        match checked {
            Some(Ok(())) => EitherOf3::A(children()),
            Some(Err(forbidden)) => EitherOf3::B(view! { <NotAllowed forbidden/> }),
            None => EitherOf3::C(view! { <ToSignIn/> }),
        }
    }
}

/// Roles of which one is enough, for [`RequireAuth`]: `any_role=["editor", "author"]`.
#[derive(Clone, Debug)]
pub struct AnyRole(Vec<String>);

impl<S: Into<String>, const N: usize> From<[S; N]> for AnyRole {
    fn from(roles: [S; N]) -> Self {
        Self(roles.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> From<Vec<S>> for AnyRole {
    fn from(roles: Vec<S>) -> Self {
        Self(roles.into_iter().map(Into::into).collect())
    }
}

#[component]
fn NotAllowed(forbidden: Forbidden) -> impl IntoView {
    #[cfg(feature = "ssr")]
    server::set_status(forbidden.status());
    view! {
        <section class="okta-forbidden">
            <h1>"You may not open this page"</h1>
            <p>{forbidden.to_string()}</p>
        </section>
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

#[cfg(feature = "ssr")]
mod server {
    use std::{
        fmt,
        future::{IntoFuture, Ready, ready},
    };

    use axum::http::StatusCode;
    use axum_okta::guard::{CurrentIdentity, NotSignedIn};
    use leptos::prelude::*;
    use okta_types::{Forbidden, Identity, Requirement};

    /// Gives the identity of whoever calls this server function; refuses with status 401 when nobody is signed in, and
    /// with 403 when they lack what is named. Everything named must hold.
    ///
    /// The errors convert into `ServerFnError` with `?`.
    ///
    /// ```
    /// use leptos::prelude::*;
    ///
    /// #[server]
    /// async fn my_orders() -> Result<Vec<String>, ServerFnError> {
    ///     let identity = leptos_okta::require_auth().await?;
    ///     Ok(vec![format!("an order of {}", identity.subject)])
    /// }
    ///
    /// #[server]
    /// async fn publish() -> Result<(), ServerFnError> {
    ///     leptos_okta::require_auth().any_role(["editor", "author"]).await?;
    ///     Ok(())
    /// }
    /// ```
    #[must_use = "nothing is guarded until it is awaited"]
    pub fn require_auth() -> RequireAuthCall {
        RequireAuthCall(Requirement::default())
    }

    /// Made by [`require_auth`]; await it.
    #[derive(Clone, Debug)]
    #[must_use = "nothing is guarded until it is awaited"]
    pub struct RequireAuthCall(Requirement);

    impl RequireAuthCall {
        /// Only for people with this role.
        pub fn role(self, role: impl Into<String>) -> Self {
            Self(self.0.role(role))
        }

        /// Only for people with one of these roles.
        pub fn any_role(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
            Self(self.0.any_role(roles))
        }

        /// Only for people in this group of Okta's.
        pub fn group(self, group: impl Into<String>) -> Self {
            Self(self.0.group(group))
        }

        fn check(&self) -> Result<Identity, AuthError> {
            let parts = use_context::<axum::http::request::Parts>();
            let identity = parts.and_then(|parts| {
                let current = parts.extensions.get::<CurrentIdentity>()?;
                current.get().cloned()
            });
            let identity = identity.ok_or(NotSignedIn)?;
            self.0.check(&identity)?;
            Ok(identity)
        }
    }

    impl IntoFuture for RequireAuthCall {
        type Output = Result<Identity, AuthError>;
        type IntoFuture = Ready<Self::Output>;

        fn into_future(self) -> Self::IntoFuture {
            let checked = self.check();
            if let Err(error) = &checked {
                set_status(error.status());
            }
            ready(checked)
        }
    }

    pub(super) fn set_status(status: StatusCode) {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(status);
        }
    }

    /// Why [`require_auth`] refused.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum AuthError {
        /// Nobody is signed in.
        NotSignedIn(NotSignedIn),
        /// Somebody is, and may not.
        Forbidden(Forbidden),
    }

    impl AuthError {
        /// The status of the answer: 401 or 403.
        #[must_use]
        pub fn status(&self) -> StatusCode {
            match self {
                Self::NotSignedIn(error) => error.status(),
                Self::Forbidden(error) => error.status(),
            }
        }
    }

    impl From<NotSignedIn> for AuthError {
        fn from(error: NotSignedIn) -> Self {
            Self::NotSignedIn(error)
        }
    }

    impl From<Forbidden> for AuthError {
        fn from(error: Forbidden) -> Self {
            Self::Forbidden(error)
        }
    }

    impl fmt::Display for AuthError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::NotSignedIn(error) => error.fmt(f),
                Self::Forbidden(error) => error.fmt(f),
            }
        }
    }

    impl std::error::Error for AuthError {}
}
