//! What a path says.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{body::sentence, problem::ApiError};

/// Like [`Path`], but refuses with a problem.
pub(super) struct InPath<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(said) = Path::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::Request(error.status(), sentence(&error.body_text())))?;
        Ok(Self(said))
    }
}
