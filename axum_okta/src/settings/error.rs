//! Why the settings were not opened or changed.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use okta_types::{Problem, SettingsRefusal};

use crate::{causes::with_causes, store::StoreError};

/// Why the settings were not opened or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The visitor isn't allowed to, or there is nothing to change.
    #[error(transparent)]
    Refused(#[from] SettingsRefusal),
    /// The layer is missing.
    #[error("this route is not behind `okta.layer()`. Add the layer to the router")]
    LayerMissing,
    /// The database failed. Nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<tower_sessions::session::Error> for SettingsError {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::Store(error.into())
    }
}

impl SettingsError {
    /// Returns what to tell the visitor. Details that only the operator can use are logged.
    #[must_use]
    pub fn refusal(&self) -> SettingsRefusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Store(StoreError::ReadOnly) => SettingsRefusal::ReadOnly,
            Self::LayerMissing | Self::Store(_) => {
                tracing::error!(error = with_causes(self), "the settings failed");
                SettingsRefusal::Failed
            }
        }
    }

    /// Returns the response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(SettingsRefusal::NotSignedIn) => StatusCode::UNAUTHORIZED,
            Self::Refused(
                SettingsRefusal::NotAdmin
                | SettingsRefusal::NotSuperAdmin
                | SettingsRefusal::SignInFirst
                | SettingsRefusal::WrongSetupCode,
            ) => StatusCode::FORBIDDEN,
            Self::Refused(SettingsRefusal::TooManyAttempts) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(
                SettingsRefusal::NotConnected
                | SettingsRefusal::UnknownConnection
                | SettingsRefusal::UnknownAdmin
                | SettingsRefusal::UnknownDomain
                | SettingsRefusal::UnknownSession
                | SettingsRefusal::UnknownSetupLink,
            ) => StatusCode::NOT_FOUND,
            Self::Refused(
                SettingsRefusal::RolesChanged
                | SettingsRefusal::ConnectionChanged
                | SettingsRefusal::KeysRotated
                | SettingsRefusal::SameApp
                | SettingsRefusal::DomainTaken
                | SettingsRefusal::NoGroups
                | SettingsRefusal::NoSetupLink
                | SettingsRefusal::Managed
                | SettingsRefusal::LocksYouOut
                | SettingsRefusal::ExcludesYou
                | SettingsRefusal::PolicyNeedsGroups
                | SettingsRefusal::LastAdmin,
            ) => StatusCode::CONFLICT,
            Self::Refused(
                SettingsRefusal::MalformedForm
                | SettingsRefusal::MalformedName
                | SettingsRefusal::MalformedDomain
                | SettingsRefusal::MalformedRoles
                | SettingsRefusal::MalformedSetupLink
                | SettingsRefusal::MalformedPolicy
                | SettingsRefusal::MalformedBranding
                | SettingsRefusal::LowContrast,
            ) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(SettingsRefusal::SelfUnreachable | SettingsRefusal::SelfUnexpected) => {
                StatusCode::BAD_GATEWAY
            }
            Self::Refused(SettingsRefusal::Closed) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) | Self::LayerMissing | Self::Store(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for SettingsError {
    fn into_response(self) -> Response {
        let detail = self.refusal().to_string();
        Problem::new(self.status(), "The settings were not changed", detail).into_response()
    }
}
