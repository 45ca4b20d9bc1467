//! Errors as RFC 7644 §3.12 has them.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use scim_v2::schema_urns;
use serde_json::json;

use super::{answer, shortened};
use crate::{
    causes::with_causes,
    hook::AskError,
    http::retry_later,
    store::{Kind, StoreError},
};

/// Why a request is refused. The message goes to the client, and into the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScimError {
    /// It doesn't say what is wrong with the token, nor whether there is such a connection.
    #[error(
        "The token is missing or isn't valid here. Paste a new one from the app's settings page, section Provisioning."
    )]
    Unauthorized,
    #[error("Too many requests. Try again in 30 seconds.")]
    TooManyRequests,
    #[error(
        "There is nothing at this address. The base URL is on the app's settings page, section Provisioning."
    )]
    NoRoute,
    #[error(
        "This connection takes no roles from Okta. An admin can turn it on, on the app's settings page, section \
         Provisioning."
    )]
    NoRoles,
    #[error("This address doesn't support the method {0}.")]
    Method(http::Method),
    #[error("This app doesn't offer {0}.")]
    NotOffered(&'static str),
    #[error("There is no {} with the ID {id}.", .kind.as_str())]
    Unknown { kind: Kind, id: String },
    #[error("There is another {} with this {attribute}: {id}.", .kind.as_str())]
    Taken {
        kind: Kind,
        attribute: &'static str,
        id: String,
    },
    #[error("It has changed since: the version is {0} now.")]
    Changed(String),
    #[error("The request isn't valid: {0}.")]
    InvalidSyntax(String),
    #[error("The filter can't be used: {0}.")]
    InvalidFilter(String),
    #[error("The path can't be used: {0}.")]
    InvalidPath(String),
    #[error("The value can't be used: {0}.")]
    InvalidValue(String),
    #[error("The path leads to nothing: {0}.")]
    NoTarget(String),
    #[error("This can't be changed: {0}.")]
    Mutability(String),
    #[error("The body has more than {0} bytes.")]
    TooLarge(usize),
    #[error("The body must be JSON, with the content type application/scim+json.")]
    MediaType,
    #[error("This app can't answer now. Try again later.")]
    Closed,
    #[error("This app couldn't store or read it. Try again later.")]
    Store(#[from] StoreError),
    #[error("{}", words(.0))]
    App(#[source] AskError),
}

/// The app's own words are for the admin of Okta, and what went wrong in it isn't.
fn words(error: &AskError) -> &str {
    match error {
        AskError::Refused { words, .. } => words,
        _ => "This app couldn't do its part. Try again later.",
    }
}

/// Of a message, which may say what was sent.
const MAX_DETAIL: usize = 500;

impl ScimError {
    /// The message, as much of it as anybody reads.
    pub(super) fn detail(&self) -> String {
        shortened(&self.to_string(), MAX_DETAIL)
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::NoRoute | Self::NoRoles | Self::Unknown { .. } => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotOffered(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Taken { .. } => StatusCode::CONFLICT,
            Self::Changed(_) => StatusCode::PRECONDITION_FAILED,
            Self::InvalidSyntax(_)
            | Self::InvalidFilter(_)
            | Self::InvalidPath(_)
            | Self::InvalidValue(_)
            | Self::NoTarget(_)
            | Self::Mutability(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::App(AskError::Refused { .. }) => StatusCode::FORBIDDEN,
            Self::Closed | Self::Store(_) | Self::App(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn scim_type(&self) -> Option<&'static str> {
        match self {
            Self::Taken { .. } => Some("uniqueness"),
            Self::InvalidSyntax(_) => Some("invalidSyntax"),
            Self::InvalidFilter(_) => Some("invalidFilter"),
            Self::InvalidPath(_) => Some("invalidPath"),
            Self::InvalidValue(_) => Some("invalidValue"),
            Self::NoTarget(_) => Some("noTarget"),
            Self::Mutability(_) => Some("mutability"),
            _ => None,
        }
    }
}

impl IntoResponse for ScimError {
    fn into_response(self) -> Response {
        let is_failure = match &self {
            Self::App(AskError::Refused { .. }) => false,
            error => matches!(error, Self::Store(_) | Self::App(_)),
        };
        if is_failure {
            tracing::error!(error = with_causes(&self), "a SCIM request failed");
        }
        let status = self.status();
        let mut body = json!({
            "schemas": [schema_urns::ERROR],
            "status": status.as_str(),
            "detail": self.detail(),
        });
        if let Some(scim_type) = self.scim_type() {
            body["scimType"] = scim_type.into();
        }
        let mut response = answer(status, &body);
        match self {
            Self::Unauthorized => {
                let bearer = HeaderValue::from_static("Bearer");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, bearer);
                response
            }
            Self::App(AskError::Refused { .. }) => response,
            Self::TooManyRequests | Self::Closed | Self::Store(_) | Self::App(_) => {
                retry_later(response)
            }
            _ => response,
        }
    }
}
