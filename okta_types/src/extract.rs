use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, request::Parts};

use crate::{Forbidden, Identity};

/// The identity of the current request, put into its extensions by `axum_okta`'s layer.
///
/// Remembers whether anybody looked: an answer that depends on who is signed in must not be kept by a cache.
#[derive(Clone, Debug)]
pub struct CurrentIdentity {
    identity: Option<Arc<Identity>>,
    read: Arc<AtomicBool>,
}

impl CurrentIdentity {
    /// For the layer: the identity found in the session, if any.
    #[must_use]
    pub fn new(identity: Option<Arc<Identity>>) -> Self {
        Self {
            identity,
            read: Arc::default(),
        }
    }

    /// Who is signed in.
    #[must_use]
    pub fn get(&self) -> Option<&Arc<Identity>> {
        self.read.store(true, Ordering::Relaxed);
        self.identity.as_ref()
    }

    /// Whether [`get`](Self::get) was called while this request was answered.
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }
}

/// Nobody is signed in, and the handler asked for an [`Identity`]: 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSignedIn;

impl NotSignedIn {
    /// The answer's body, `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
    #[must_use]
    pub fn body_text(&self) -> &'static str {
        r#"{"type":"about:blank","title":"Not signed in","status":401,"detail":"Sign in first, then repeat the request."}"#
    }

    /// The answer's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::UNAUTHORIZED
    }
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody is signed in; sign in first, then try again")
    }
}

impl std::error::Error for NotSignedIn {}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        problem(self.status(), self.body_text())
    }
}

impl Forbidden {
    /// The answer's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    /// The answer's body, `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
    #[must_use]
    pub fn body_text(&self) -> String {
        serde_json::json!({
            "type": "about:blank",
            "title": "Not allowed",
            "status": self.status().as_u16(),
            "detail": self.to_string(),
        })
        .to_string()
    }
}

impl IntoResponse for Forbidden {
    fn into_response(self) -> Response {
        problem(self.status(), self.body_text())
    }
}

fn problem(status: StatusCode, body: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/problem+json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body).into_response()
}

/// Refuses with [`NotSignedIn`] when nobody is signed in, and also when the layer is missing.
impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<CurrentIdentity>()
            .and_then(CurrentIdentity::get)
            .map(|identity| Self::clone(identity))
            .ok_or(NotSignedIn)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        let identity = <Self as FromRequestParts<S>>::from_request_parts(parts, state).await;
        Ok(identity.ok())
    }
}
