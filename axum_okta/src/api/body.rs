//! The body of a request, as JSON.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::problem::{ApiError, FieldError};
use crate::http::is_json;

/// Like [`axum::Json`], but says which field is wrong.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(request.headers()) {
            return Err(ApiError::Body(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send the body as JSON, with the header Content-Type: application/json.".to_owned(),
            ));
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes =
            bytes.map_err(|error| ApiError::Body(error.status(), sentence(&error.body_text())))?;
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        let error = error.into_inner();
        match error.is_data() {
            true => ApiError::Fields(vec![FieldError::new(pointer, sentence(&error.to_string()))]),
            false => malformed(&error),
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(parsed)
}

/// The same of a body that was read before.
pub(super) fn of_value<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let pointer = pointer(error.path());
        let detail = sentence(&error.inner().to_string());
        ApiError::Fields(vec![FieldError::new(pointer, detail)])
    })
}

fn malformed(error: &serde_json::Error) -> ApiError {
    let detail = format!("The body isn't JSON: {error}.");
    ApiError::Body(StatusCode::BAD_REQUEST, detail)
}

/// RFC 6901.
pub(super) fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&escaped(key)),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

pub(super) fn sentence(error: &str) -> String {
    let mut characters = error.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => String::new(),
    }
}
