//! What an app puts into its header: content by who is signed in, and the two buttons; and, next to
//! a form, the way to sign in again.

use std::{fmt, sync::Arc};

use leptos::{prelude::*, reactive::actions::ArcSubmission, server_fn::ServerFn};
use leptos_router::{hooks::use_location, location::Location};
use okta_types::{NOT_SIGNED_IN, StepUpNeeded};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    html::{element, escaped, sometimes},
    identity::okta_context,
};

/// Shows its children only to people who are signed in.
#[component]
pub fn SignedIn(
    /// Shown to people who are signed in.
    children: ChildrenFn,
) -> impl IntoView {
    when_signed_in(true, children)
}

/// Shows its children only while nobody is signed in.
#[component]
pub fn SignedOut(
    /// Shown to people who aren't signed in.
    children: ChildrenFn,
) -> impl IntoView {
    when_signed_in(false, children)
}

fn when_signed_in(signed_in: bool, children: ChildrenFn) -> impl IntoView {
    let okta = okta_context();
    // The children stay as they are until that changes.
    let is_shown = ArcMemo::new(move |_| okta.identity().with(Option::is_some) == signed_in);
    sometimes(move || is_shown.get().then(|| children()))
}

/// A link that starts the sign-in and comes back to the current page. Works without JavaScript.
///
/// Requires a `Router` around it.
#[component]
pub fn SignInButton(
    /// The label. Default: “Sign in with Okta”.
    #[prop(optional, into)]
    label: Option<String>,
    /// Key of the organization to sign in with. Default: the app's rule decides, or the person, if
    /// there is more than one.
    #[prop(optional, into)]
    organization: Option<String>,
) -> impl IntoView {
    let path = sign_in_path();
    let with = with_organization(organization.as_deref());
    let path = move || path() + &with;
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
    Signal::derive(sign_in_path())
}

pub(crate) fn sign_in_path() -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let here = address_in_app(&use_location());
    let okta = okta_context();
    move || {
        let here = here();
        let return_to = utf8_percent_encode(&here, QUERY_VALUE);
        format!("{}?return_to={return_to}", okta.login_path)
    }
}

/// What the path of a sign-in ends with.
pub(crate) fn with_organization(organization: Option<&str>) -> String {
    organization.map_or_else(String::new, |organization| {
        let organization = utf8_percent_encode(organization, QUERY_VALUE);
        format!("&organization={organization}")
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
    okta_context().logout_path.clone()
}

/// Offers to sign in again when a server function has refused a form because its person is not
/// signed in any more, or not recently or strongly enough. Put it beside the form. The sign-in is in a new tab, so that the form stays
/// as it is, with what was typed, and can be sent again.
///
/// It knows the error of [`require_auth`](fn@crate::require_auth) by its words: an error type of
/// your own has to keep them in its `Display`, as `ServerFnError` does. Without JavaScript it shows
/// nothing: the answer to the form is then a page of `axum_okta` that does the same.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::SignInAgain;
///
/// #[component]
/// fn Comments() -> impl IntoView {
///     let comment = ServerAction::<Comment>::new();
///     view! {
///         <ActionForm action=comment>
///             <textarea name="text"></textarea>
///             <button type="submit">"Comment"</button>
///         </ActionForm>
///         <SignInAgain action=comment/>
///     }
/// }
///
/// #[server]
/// async fn comment(text: String) -> Result<(), ServerFnError> {
///     let identity = leptos_okta::require_auth().await?;
///     println!("{}: {text}", identity.display_name());
///     Ok(())
/// }
/// ```
#[component]
pub fn SignInAgain(
    /// What the form does: a `ServerAction`, or a `ServerMultiAction`, whose latest submission
    /// counts.
    #[prop(into)]
    action: FormAction,
) -> impl IntoView {
    let address = format!("{}?new_tab=1", okta_context().login_path);
    sometimes(move || {
        let (why, address) = match (action.0)()? {
            Refusal::NotSignedIn => ("You’re not signed in any more.", address.clone()),
            Refusal::StepUpNeeded(query) => {
                ("Confirm that it’s you.", format!("{address}&{query}"))
            }
        };
        Some(element(
            "okta-sign-in-again",
            format!(
                r#"<p class="okta-alert" role="alert">{why} What you typed is still here: <a href="{}" target="_blank" rel="external">sign in again</a> in a new tab, then send it once more.</p>"#,
                escaped(&address)
            ),
        ))
    })
}

/// What a form does, for [`SignInAgain`]. Made from a `ServerAction` or a `ServerMultiAction`.
#[derive(Clone)]
pub struct FormAction(
    /// Why the server refused, if a sign-in helps.
    Arc<dyn Fn() -> Option<Refusal> + Send + Sync>,
);

impl<S> From<ServerAction<S>> for FormAction
where
    S: ServerFn + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
    S::Error: fmt::Display + Send + Sync + 'static,
{
    fn from(action: ServerAction<S>) -> Self {
        let answer = action.value();
        Self(Arc::new(move || {
            answer.with(|answer| refusal(answer.as_ref()))
        }))
    }
}

impl<S> From<ServerMultiAction<S>> for FormAction
where
    S: ServerFn + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
    S::Error: fmt::Display + Send + Sync + 'static,
{
    fn from(action: ServerMultiAction<S>) -> Self {
        let submissions = action.submissions();
        Self(Arc::new(move || {
            let latest = submissions.with(|all| all.last().map(ArcSubmission::value));
            latest?.with(|answer| refusal(answer.as_ref()))
        }))
    }
}

impl fmt::Debug for FormAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormAction").finish_non_exhaustive()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotSignedIn,
    /// With what the sign-in is to be asked for, as a query.
    StepUpNeeded(String),
}

fn refusal<T, E: fmt::Display>(answer: Option<&Result<T, E>>) -> Option<Refusal> {
    let error = answer?.as_ref().err()?.to_string();
    if error.contains(NOT_SIGNED_IN) {
        return Some(Refusal::NotSignedIn);
    }
    let query = StepUpNeeded::query_in(&error)?;
    Some(Refusal::StepUpNeeded(query.to_owned()))
}

/// Everything but the unreserved characters of RFC 3986 §2.3, as the guards on the server write it.
pub(crate) const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The path and query of the page that the router shows.
pub(crate) fn address_in_app(location: &Location) -> impl Fn() -> String + Clone + use<> {
    let (path, search) = (location.pathname, location.search);
    move || {
        let (path, search) = (path.get(), search.get());
        match search.trim_start_matches('?') {
            "" => path,
            search => format!("{path}?{search}"),
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use axum_okta::guard::NotSignedIn;
    use okta_types::{Forbidden, Identity, StepUp, Timestamp};

    use super::*;
    use crate::AuthError;

    #[server]
    async fn note(text: String) -> Result<(), ServerFnError> {
        drop(text);
        Err(AuthError::from(NotSignedIn).into())
    }

    #[test]
    fn the_latest_submission_of_a_multi_action_counts() {
        Owner::new().with(|| {
            let notes = ServerMultiAction::<Note>::new();
            let refused = FormAction::from(notes).0;
            assert_eq!(refused(), None);
            notes.dispatch_sync(Err(AuthError::from(NotSignedIn).into()));
            assert_eq!(refused(), Some(Refusal::NotSignedIn));
            notes.dispatch_sync(Ok(()));
            assert_eq!(refused(), None);
        });
    }

    #[test]
    fn a_refusal_is_known_on_its_way_to_the_browser() {
        let told = |error: AuthError| refusal(Some(&Err::<(), ServerFnError>(error.into())));
        assert_eq!(told(NotSignedIn.into()), Some(Refusal::NotSignedIn));
        assert_eq!(told(Forbidden::group("Sales").into()), None);
        let ada = Identity::new("https://dev-1.okta.com", "00u1");
        let asked = StepUp::default().amr("mfa");
        let needed = asked.check(&ada, Timestamp(0)).unwrap_err();
        let query = "amr=mfa".to_owned();
        assert_eq!(told(needed.into()), Some(Refusal::StepUpNeeded(query)));
    }
}
