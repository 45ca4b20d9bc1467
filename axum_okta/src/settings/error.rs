//! Why the settings were not opened or changed.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use okta_types::{FieldProblem, LAYER_MISSING, Problem, SettingsRefusal};
use serde_json::json;

use crate::{causes::with_causes, http::retry_later, store::StoreError};

const TITLE: &str = "The settings were not changed";

/// RFC 6750 §3.1.
const WRONG_TOKEN: &str = "Bearer error=\"invalid_token\"";

/// Why the settings were not opened or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The visitor isn't allowed to, or there is nothing to change.
    #[error(transparent)]
    Refused(#[from] SettingsRefusal),
    /// What was sent has fields that can't be used.
    #[error("{}", SettingsRefusal::MalformedClaims)]
    Fields(Vec<FieldProblem>),
    /// The layer is missing.
    #[error("{LAYER_MISSING}")]
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
            Self::Fields(_) => SettingsRefusal::MalformedClaims,
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
            Self::Refused(SettingsRefusal::NotSignedIn | SettingsRefusal::WrongToken) => {
                StatusCode::UNAUTHORIZED
            }
            Self::Refused(
                SettingsRefusal::NotAdmin
                | SettingsRefusal::NotSuperAdmin
                | SettingsRefusal::WrongSetupCode
                | SettingsRefusal::ReadOnlyToken
                | SettingsRefusal::TokensNeedSignIn
                | SettingsRefusal::SignInFirst,
            ) => StatusCode::FORBIDDEN,
            Self::Refused(SettingsRefusal::TooManyAttempts | SettingsRefusal::TooManyRequests) => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Refused(
                SettingsRefusal::NotConnected
                | SettingsRefusal::UnknownConnection
                | SettingsRefusal::UnknownAdmin
                | SettingsRefusal::UnknownDomain
                | SettingsRefusal::UnknownSession
                | SettingsRefusal::UnknownToken
                | SettingsRefusal::UnknownSetupLink
                | SettingsRefusal::UnknownScimToken
                | SettingsRefusal::UnknownScimClient,
            ) => StatusCode::NOT_FOUND,
            Self::Refused(
                SettingsRefusal::NameTaken
                | SettingsRefusal::RolesChanged
                | SettingsRefusal::ConnectionChanged
                | SettingsRefusal::KeysRotated
                | SettingsRefusal::SameApp
                | SettingsRefusal::DomainTaken
                | SettingsRefusal::RecordMissing
                | SettingsRefusal::NoResolver
                | SettingsRefusal::TooManyTokens
                | SettingsRefusal::NoGroups
                | SettingsRefusal::NoSetupLink
                | SettingsRefusal::Managed
                | SettingsRefusal::LocksYouOut
                | SettingsRefusal::ExcludesYou
                | SettingsRefusal::PolicyNeedsGroups
                | SettingsRefusal::LastAdmin
                | SettingsRefusal::TooManyScimTokens
                | SettingsRefusal::TooManyScimClients,
            ) => StatusCode::CONFLICT,
            Self::Refused(
                SettingsRefusal::MalformedForm
                | SettingsRefusal::MalformedName
                | SettingsRefusal::MalformedDomain
                | SettingsRefusal::MalformedRoles
                | SettingsRefusal::MalformedToken
                | SettingsRefusal::MalformedSetupLink
                | SettingsRefusal::MalformedPolicy
                | SettingsRefusal::MalformedBranding
                | SettingsRefusal::LowContrast
                | SettingsRefusal::MalformedKeys
                | SettingsRefusal::PrivateKeys
                | SettingsRefusal::MalformedClaims,
            )
            | Self::Fields(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(
                SettingsRefusal::SelfUnreachable
                | SettingsRefusal::SelfUnexpected
                | SettingsRefusal::DnsUnreachable,
            ) => StatusCode::BAD_GATEWAY,
            Self::Refused(SettingsRefusal::OtherVersion) => StatusCode::PRECONDITION_FAILED,
            Self::Refused(SettingsRefusal::Closed) | Self::Store(StoreError::Busy) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Refused(_) | Self::LayerMissing | Self::Store(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for SettingsError {
    fn into_response(self) -> Response {
        let (refusal, status) = (self.refusal(), self.status());
        let problem = match &self {
            Self::Fields(problems) => {
                let detail = match problems.as_slice() {
                    [problem] => problem.detail.clone(),
                    problems => format!("{} fields can't be used.", problems.len()),
                };
                Problem::new(status, TITLE, detail).with("errors", json!(problems))
            }
            _ => Problem::new(status, TITLE, refusal.to_string()),
        };
        let response = problem.into_response();
        match (refusal, status) {
            (SettingsRefusal::WrongToken, _) => {
                ([(header::WWW_AUTHENTICATE, WRONG_TOKEN)], response).into_response()
            }
            (_, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
                retry_later(response)
            }
            _ => response,
        }
    }
}
