//! `require_auth` in a server function.

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
/// nobody is signed in, or if the sign-in isn't recent or strong enough, and with 403 if they don't
/// meet another requirement. All requirements must hold. It uses the whole identity, whatever part
/// of it was sent to the browser.
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
