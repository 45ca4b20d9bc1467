//! `require_auth`, in a server function and around a view.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use okta_types::{Forbidden, Identity, Requirement, StepUp, StepUpNeeded, Timestamp};

use crate::{
    identity::{OktaContext, log_error, okta_context},
    sign_in::{address_in_app, sign_in_path, with_organization},
    visit::Forgotten,
};

#[cfg(feature = "ssr")]
pub use self::server::{AuthError, RequireAuthCall, require_auth};

/// Shows its children to people who are signed in, and sends everyone else to the sign-in and back
/// here.
///
/// On the server that is a redirect without a body; on a navigation in the browser it leaves the
/// app for the sign-in. The server decides what the children show. Guard what they load there, too,
/// with [`require_auth`] in the server function.
///
/// In the browser it uses the identity that came with the page: if an admin takes a role away in
/// the meantime, the view closes at the next load, and server functions refuse at once. It knows
/// the groups that guards on the page ask for, and those that
/// [`provide_okta_with`](crate::provide_okta_with) sends. A navigation to a guard with another
/// group loads the page from the server, which decides.
///
/// A guard that the server never renders, as in a dialog that a click opens, lets nobody in if the
/// browser doesn't know its group: name that group in `provide_okta_with`.
///
/// Without `axum_okta`'s layer or [`provide_okta`](crate::provide_okta), nobody sees the children:
/// the status is 500, the log says what is missing, and so does the page in debug builds.
///
/// With `role`, `any_role`, `group` or `organization`, people who don't meet the requirement see a message that
/// says so, with status 403, and are not sent to sign in again. All requirements must hold.
///
/// With `max_age`, `acr` or `amr`, people whose sign-in isn't recent or strong enough see why, and a
/// button that takes them to Okta and back: step-up authentication. The status is 401.
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
///
/// #[component]
/// fn Payments() -> impl IntoView {
///     let five_minutes = std::time::Duration::from_secs(300);
///     view! { <RequireAuth max_age=five_minutes><h1>"Payments"</h1></RequireAuth> }
/// }
/// ```
#[component]
pub fn RequireAuth(
    /// A required role.
    #[prop(optional, into)]
    role: Option<String>,
    /// Roles, one of which is required.
    #[prop(optional, into)]
    any_role: Option<AnyRole>,
    /// A required Okta group.
    #[prop(optional, into)]
    group: Option<String>,
    /// Key of the organization that the person has to be of. Whoever isn't signed in signs in with it.
    #[prop(optional, into)]
    organization: Option<String>,
    /// How long ago the person may have proved to Okta who they are. A minute more is allowed.
    #[prop(optional, into)]
    max_age: Option<Duration>,
    /// An authentication context that the sign-in must have met, such as `urn:okta:loa:2fa:any`.
    #[prop(optional, into)]
    acr: Option<String>,
    /// A method that the sign-in must have used, such as `mfa`.
    #[prop(optional, into)]
    amr: Option<String>,
    /// The guarded content.
    children: ChildrenFn,
) -> impl IntoView {
    let step_up = step_up(max_age, acr, amr);
    let mut roles = Requirement::default();
    if let Some(role) = role {
        roles = roles.role(role);
    }
    if let Some(AnyRole(any)) = any_role {
        roles = roles.any_role(any);
    }
    if let Some(organization) = organization {
        roles = roles.organization(organization);
    }
    let okta = okta_context();
    let group = group.map(|name| {
        let is_in = okta.in_group(&name);
        GroupAsked { name, is_in }
    });
    if let Some(forgotten) = okta.forgotten {
        return not_set_up(forgotten);
    }
    let asked = Asked {
        roles,
        group,
        step_up,
    };
    #[cfg(feature = "ssr")]
    if okta.needs_recheck {
        return to_sign_in(&asked);
    }
    let identity = okta.identity().get_untracked();
    match decide(identity.as_ref(), &asked, okta.now()) {
        Decision::Show => children(),
        Decision::Refuse(forbidden) => not_allowed(&forbidden),
        Decision::SignIn => to_sign_in(&asked),
        Decision::Confirm(needed) => confirm(&asked, &needed),
        Decision::AskServer(forbidden) => ask_server(&okta, &forbidden),
    }
}

fn step_up(max_age: Option<Duration>, acr: Option<String>, amr: Option<String>) -> StepUp {
    let mut step_up = StepUp::default();
    if let Some(max_age) = max_age {
        step_up = step_up.max_age(max_age);
    }
    if let Some(acr) = acr {
        step_up = step_up.acr(acr);
    }
    if let Some(amr) = amr {
        step_up = step_up.amr(amr);
    }
    step_up
}

/// What a guard requires beyond being signed in.
#[derive(Default)]
struct Asked {
    roles: Requirement,
    group: Option<GroupAsked>,
    step_up: StepUp,
}

/// A group that a guard requires.
struct GroupAsked {
    name: String,
    /// `None` if that isn't known, which happens only in a browser.
    is_in: Option<bool>,
}

#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Show,
    Refuse(Forbidden),
    SignIn,
    /// They are signed in, but not recently or strongly enough.
    Confirm(StepUpNeeded),
    /// Only the server knows. If it refuses, this is the reason.
    AskServer(Forbidden),
}

fn decide(identity: Option<&Identity>, asked: &Asked, now: Timestamp) -> Decision {
    let Some(identity) = identity.filter(|identity| !has_expired(identity.expires_at)) else {
        return Decision::SignIn;
    };
    if let Err(forbidden) = asked.roles.check(identity) {
        return Decision::Refuse(forbidden);
    }
    match &asked.group {
        None
        | Some(GroupAsked {
            is_in: Some(true), ..
        }) => match asked.step_up.check(identity, now) {
            Ok(()) => Decision::Show,
            Err(needed) => Decision::Confirm(needed),
        },
        Some(GroupAsked {
            name,
            is_in: Some(false),
        }) => Decision::Refuse(Forbidden::group(name)),
        Some(GroupAsked { name, is_in: None }) => Decision::AskServer(Forbidden::group(name)),
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

fn not_allowed(forbidden: &Forbidden) -> AnyView {
    #[cfg(feature = "ssr")]
    server::set_status(forbidden.status());
    closed("You don't have access to this page", forbidden.to_string())
}

fn not_set_up(forgotten: Forgotten) -> AnyView {
    #[cfg(feature = "ssr")]
    server::set_status(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    let explanation = if cfg!(debug_assertions) {
        format!("Sign-in with Okta is not set up: {forgotten}.")
    } else {
        "Sign-in with Okta is not set up. The server's log has the reason.".to_owned()
    };
    closed("This page can't be shown", explanation)
}

/// Shown instead of the page.
fn closed(title: &'static str, explanation: String) -> AnyView {
    view! {
        <section class="okta-forbidden">
            <h1>{title}</h1>
            <p>{explanation}</p>
        </section>
    }
    .into_any()
}

fn to_sign_in(asked: &Asked) -> AnyView {
    leave_for(&step_up_path(asked));
    leaving("Taking you to the sign-in…")
}

/// An offer, not a redirect: whoever is in the middle of something sees why Okta asks again.
fn confirm(asked: &Asked, needed: &StepUpNeeded) -> AnyView {
    #[cfg(feature = "ssr")]
    server::challenge(needed);
    let why = format!("This page needs {}.", needed.asked());
    view! {
        <section class="okta-forbidden">
            <h1>"Confirm that it’s you"</h1>
            <p>{why}</p>
            <p>
                <a class="okta-button" rel="external" href=step_up_path(asked)>
                    "Confirm it’s you"
                </a>
            </p>
        </section>
    }
    .into_any()
}

/// The path of a sign-in that is as recent and as strong as this asks, and comes back here.
fn step_up_path(asked: &Asked) -> String {
    let path = untrack(sign_in_path());
    let with = with_organization(asked.roles.required_organization());
    match asked.step_up.is_empty() {
        true => path + &with,
        false => format!("{path}{with}&{}", asked.step_up.query()),
    }
}

/// Reloads the page, unless that was just done: then the server did not render this guard, and
/// wouldn't the next time.
///
/// Whoever goes back before a reloaded page has hydrated stays in its document (browsers count a
/// reload as the same one), which Leptos then hydrates at the wrong address: it panics, after any
/// reload of a page that a link in the app had opened.
fn ask_server(okta: &OktaContext, forbidden: &Forbidden) -> AnyView {
    let here = untrack(address_in_app(&use_location()));
    if okta.was_loaded_at(&here) {
        log_error(&format_args!(
            "a guard that only the browser renders needs {}: name the group in `provide_okta_with`",
            forbidden.needed
        ));
        return not_allowed(forbidden);
    }
    leave_for(&here);
    leaving("Loading…")
}

fn leaving(progress: &'static str) -> AnyView {
    view! { <p role="status">{progress}</p> }.into_any()
}

#[cfg(feature = "ssr")]
fn leave_for(address: &str) {
    use axum::http::{HeaderValue, StatusCode, header};

    // Not leptos_axum::redirect(): it redirects only clients that ask for HTML, and this page is
    // closed to all.
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
    // After this rendering, so that the page being left stays intact.
    request_animation_frame(move || {
        if window().location().assign(&address).is_err() {
            log_error(&"the browser refused to leave the page");
        }
    });
}

/// On the server, an expired identity is not there in the first place.
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
        time::Duration,
    };

    use axum::http::{StatusCode, header, request::Parts};
    use axum_okta::guard::{CurrentIdentity, NotSignedIn};
    use leptos::prelude::*;
    use okta_types::{Forbidden, Identity, Requirement, StepUp, StepUpNeeded};

    use crate::{identity::log_error, visit::Forgotten};

    /// Returns the identity of the person who calls this server function. Fails with status 401 if
    /// nobody is signed in, or if the sign-in isn't recent or strong enough, and with 403 if they
    /// don't meet another requirement. All requirements must
    /// hold. It uses the whole identity, whatever part of it was sent to the browser.
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
        RequireAuthCall(Requirement::default(), StepUp::default())
    }

    /// The future returned by [`require_auth`]; await it.
    #[derive(Clone, Debug)]
    #[must_use = "nothing is guarded until it is awaited"]
    pub struct RequireAuthCall(Requirement, StepUp);

    impl RequireAuthCall {
        /// Requires this role.
        pub fn role(self, role: impl Into<String>) -> Self {
            Self(self.0.role(role), self.1)
        }

        /// Requires one of these roles.
        pub fn any_role(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
            Self(self.0.any_role(roles), self.1)
        }

        /// Requires this Okta group.
        pub fn group(self, group: impl Into<String>) -> Self {
            Self(self.0.group(group), self.1)
        }

        /// Requires that the person is of the organization with this key.
        pub fn organization(self, organization: impl Into<String>) -> Self {
            Self(self.0.organization(organization), self.1)
        }

        /// Requires that the person proved to Okta who they are within this time. A minute more is
        /// allowed, for clocks that differ.
        pub fn max_age(self, age: Duration) -> Self {
            Self(self.0, self.1.max_age(age))
        }

        /// Requires that the sign-in met this authentication context, such as
        /// `urn:okta:loa:2fa:any`.
        pub fn acr(self, acr: impl Into<String>) -> Self {
            Self(self.0, self.1.acr(acr))
        }

        /// Requires that the sign-in used this method, such as `mfa`.
        pub fn amr(self, amr: impl Into<String>) -> Self {
            Self(self.0, self.1.amr(amr))
        }

        fn check(&self) -> Result<Identity, AuthError> {
            with_context(|parts: &Parts| {
                let current = parts.extensions.get::<CurrentIdentity>();
                let current = current.ok_or(AuthError::LayerMissing)?;
                let identity = current.get().ok_or(NotSignedIn)?;
                self.0.check(identity)?;
                current.step_up(&self.1, identity)?;
                Ok(identity.clone())
            })
            .unwrap_or(Err(AuthError::LayerMissing))
        }
    }

    impl IntoFuture for RequireAuthCall {
        type Output = Result<Identity, AuthError>;
        type IntoFuture = Ready<Self::Output>;

        fn into_future(self) -> Self::IntoFuture {
            let checked = self.check();
            if let Err(error) = &checked {
                if *error == AuthError::LayerMissing {
                    log_error(error);
                }
                set_status(error.status());
                if let AuthError::StepUpNeeded(needed) = error {
                    challenge(needed);
                }
            }
            ready(checked)
        }
    }

    pub(super) fn set_status(status: StatusCode) {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(status);
        }
    }

    /// The answer of RFC 9470.
    pub(super) fn challenge(needed: &StepUpNeeded) {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(needed.status());
            response.insert_header(header::WWW_AUTHENTICATE, needed.challenge());
        }
    }

    /// Why [`require_auth`] refused.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum AuthError {
        /// Nobody is signed in.
        NotSignedIn(NotSignedIn),
        /// Somebody is signed in, but isn't allowed to do this.
        Forbidden(Forbidden),
        /// Somebody is signed in, but has to sign in again first, more recently or more strongly.
        StepUpNeeded(StepUpNeeded),
        /// The request did not pass through `axum_okta`'s layer.
        LayerMissing,
    }

    impl AuthError {
        /// Returns the response's status: 401, 403 or 500.
        #[must_use]
        pub fn status(&self) -> StatusCode {
            match self {
                Self::NotSignedIn(error) => error.status(),
                Self::Forbidden(error) => error.status(),
                Self::StepUpNeeded(error) => error.status(),
                Self::LayerMissing => StatusCode::INTERNAL_SERVER_ERROR,
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

    impl From<StepUpNeeded> for AuthError {
        fn from(error: StepUpNeeded) -> Self {
            Self::StepUpNeeded(error)
        }
    }

    impl fmt::Display for AuthError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::NotSignedIn(error) => error.fmt(f),
                Self::Forbidden(error) => error.fmt(f),
                Self::StepUpNeeded(error) => error.fmt(f),
                Self::LayerMissing => Forgotten::Layer.fmt(f),
            }
        }
    }

    impl std::error::Error for AuthError {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn asked(is_in: Option<bool>) -> Asked {
        let name = "Engineering".to_owned();
        Asked {
            group: Some(GroupAsked { name, is_in }),
            ..Asked::default()
        }
    }

    #[test]
    fn what_the_browser_cannot_know_is_for_the_server_to_decide() {
        let ada = Identity::new("https://dev-1.okta.com", "00u1");
        let decide = |is_in| super::decide(Some(&ada), &asked(is_in), NOW);
        let forbidden = Forbidden::group("Engineering");
        assert_eq!(decide(Some(true)), Decision::Show);
        assert_eq!(decide(Some(false)), Decision::Refuse(forbidden.clone()));
        assert_eq!(decide(None), Decision::AskServer(forbidden));
    }

    #[test]
    fn nobody_and_whoever_lacks_the_role_is_refused_without_asking() {
        let editors = Asked {
            roles: Requirement::default().role("editor"),
            ..asked(None)
        };
        let nobody = decide(None, &editors, NOW);
        assert_eq!(nobody, Decision::SignIn);

        let mut ada = Identity::new("https://dev-1.okta.com", "00u1");
        let refused = decide(Some(&ada), &editors, NOW);
        let lacks_role = editors.roles.check(&ada).unwrap_err();
        assert_eq!(refused, Decision::Refuse(lacks_role));

        ada.roles = vec!["editor".to_owned()];
        let editors = Asked {
            group: None,
            ..editors
        };
        assert_eq!(decide(Some(&ada), &editors, NOW), Decision::Show);
    }

    #[test]
    fn whoever_is_allowed_confirms_that_it_is_them_if_their_sign_in_is_too_old() {
        let mut ada = Identity::new("https://dev-1.okta.com", "00u1");
        let recent = StepUp::default().max_age(Duration::from_secs(300));
        let asked = |is_in| Asked {
            step_up: recent.clone(),
            ..asked(Some(is_in))
        };
        let needed = recent.check(&ada, NOW).unwrap_err();
        let decided = decide(Some(&ada), &asked(true), NOW);
        assert_eq!(decided, Decision::Confirm(needed));
        let forbidden = Forbidden::group("Engineering");
        let decided = decide(Some(&ada), &asked(false), NOW);
        assert_eq!(decided, Decision::Refuse(forbidden));
        ada.auth_time = Some(NOW);
        assert_eq!(decide(Some(&ada), &asked(true), NOW), Decision::Show);
    }
}
