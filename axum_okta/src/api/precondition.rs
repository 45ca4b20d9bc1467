//! `If-Match` and `If-None-Match` (RFC 9110 §13.1), for programs that change what they have read.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};

use crate::settings::{Expected, SettingsError};

/// What a change expects.
pub(super) struct Precondition(pub(super) Option<Expected>);

impl<S: Sync> FromRequestParts<S> for Precondition {
    type Rejection = SettingsError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let headers = &parts.headers;
        let expected = match versions(headers, &header::IF_MATCH) {
            Some(Versions::Any) => Some(Expected::Some),
            Some(Versions::OneOf(versions)) => Some(Expected::OneOf(versions)),
            // Of these, only "there is none" can be meant by a change.
            None => versions(headers, &header::IF_NONE_MATCH).map(|_| Expected::None),
        };
        Ok(Self(expected))
    }
}

/// Whether whoever asks has this version already.
pub(super) fn is_known(headers: &HeaderMap, version: &str) -> bool {
    match versions(headers, &header::IF_NONE_MATCH) {
        Some(Versions::Any) => true,
        Some(Versions::OneOf(versions)) => versions.iter().any(|known| known == version),
        None => false,
    }
}

pub(super) fn with_version(version: Option<String>, response: Response) -> Response {
    let etag = version.and_then(|version| HeaderValue::try_from(format!("\"{version}\"")).ok());
    match etag {
        Some(etag) => ([(header::ETAG, etag)], response).into_response(),
        None => response,
    }
}

pub(super) fn not_modified(version: String) -> Response {
    with_version(Some(version), StatusCode::NOT_MODIFIED.into_response())
}

enum Versions {
    Any,
    OneOf(Vec<String>),
}

/// What the header names. A weak version is equal to none of ours.
fn versions(headers: &HeaderMap, name: &HeaderName) -> Option<Versions> {
    let values: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
    if values.is_empty() {
        return None;
    }
    let values = values.iter().filter_map(|value| value.to_str().ok());
    let values: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    if values.iter().any(|value| value.trim() == "*") {
        return Some(Versions::Any);
    }
    let quoted = values.iter().filter_map(|value| {
        let version = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        Some(version.to_owned())
    });
    Some(Versions::OneOf(quoted.collect()))
}
