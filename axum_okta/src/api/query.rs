//! The query of a request.

use axum::extract::{FromRequestParts, Query};
use http::{StatusCode, request::Parts};
use serde::de::DeserializeOwned;

use super::{body::sentence, problem::ApiError};

/// Like [`Query`], but refuses with a problem.
pub(super) struct InQuery<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for InQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Query(asked) = Query::from_request_parts(parts, state)
            .await
            .map_err(|error| {
                ApiError::Request(StatusCode::BAD_REQUEST, sentence(&error.body_text()))
            })?;
        Ok(Self(asked))
    }
}
