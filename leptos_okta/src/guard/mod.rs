//! `<RequireAuth>`: around a view. `require_auth` in a server function is in `server`.

mod decision;
mod instead;
#[cfg(feature = "ssr")]
mod server;

use std::time::Duration;

use leptos::prelude::*;
use okta_types::{Requirement, StepUp};

#[cfg(feature = "ssr")]
pub use self::server::{AuthError, RequireAuthCall, require_auth};
use self::{
    decision::{Asked, Decision, GroupAsked, decide},
    instead::{ask_server, confirm, not_allowed, not_set_up, to_sign_in},
};
use crate::identity::okta_context;

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
/// With `role`, `any_role`, `group` or `organization`, people who don't meet the requirement see a
/// message that says so, with status 403, and are not sent to sign in again. All requirements must
/// hold.
///
/// With `max_age`, `acr` or `amr`, people whose sign-in isn't recent or strong enough see why, and
/// a button that takes them to Okta and back: step-up authentication. The status is 401.
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
    /// Key of the organization that the person has to be of. Whoever isn't signed in signs in with
    /// it.
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
