//! What programs are told of a request that can't be carried out (RFC 9457), field by field.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use okta_types::{CheckReport, Outcome, Problem, SettingsRefusal};
use serde::Serialize;
use serde_json::json;

use crate::{settings::SettingsError, store::StoreError};

const TITLE: &str = "The settings were not changed";

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(super) struct FieldError {
    /// Where it is in the body, as a JSON pointer (RFC 6901). Empty if it isn't in it.
    pub(super) pointer: String,
    pub(super) detail: String,
}

impl FieldError {
    pub(super) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// Why a request of the JSON API isn't carried out.
#[derive(Debug)]
pub(super) enum ApiError {
    Settings(SettingsError),
    /// The body isn't JSON, or its content type doesn't say so, or it is too long.
    Body(StatusCode, String),
    /// The body is JSON, but not what is asked for.
    Fields(Vec<FieldError>),
    /// Something is wrong with a header or the query.
    Request(StatusCode, String),
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Settings(error.into())
    }
}

impl From<SettingsRefusal> for ApiError {
    fn from(refusal: SettingsRefusal) -> Self {
        Self::Settings(refusal.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            Self::Settings(error) => error.into_response(),
            Self::Body(status, detail) | Self::Request(status, detail) => {
                Problem::new(status, TITLE, detail).into_response()
            }
            Self::Fields(errors) => {
                let detail = match errors.as_slice() {
                    [error] => error.detail.clone(),
                    errors => format!("{} fields can't be used.", errors.len()),
                };
                let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, TITLE, detail);
                problem.with("errors", json!(errors)).into_response()
            }
        }
    }
}

/// The response to checks of which one failed. `pointer` says where a field is in the body.
pub(super) fn failed(report: &CheckReport, pointer: impl Fn(&str) -> String) -> Response {
    let failed = report.checks.iter();
    let failed = failed.filter(|check| check.outcome == Outcome::Failed);
    let errors: Vec<FieldError> = failed
        .map(|check| {
            let pointer = check.field.as_deref().map_or_else(String::new, &pointer);
            FieldError::new(pointer, &check.message)
        })
        .collect();
    let detail = match errors.as_slice() {
        [error] => error.detail.clone(),
        errors => format!("{} checks failed.", errors.len()),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, TITLE, detail)
        .with("errors", json!(errors))
        .with("checks", json!(report.checks))
        .into_response()
}
