use std::{
    convert::Infallible,
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{Forbidden, Identity, NOT_SIGNED_IN, StepUp, StepUpNeeded, Timestamp};

/// The identity of the current request. The layer of `axum_okta` adds it to the request's
/// extensions.
///
/// It records whether it was read: a response that depends on who is signed in must not be cached.
#[derive(Clone, Debug)]
pub struct CurrentIdentity {
    needs_recheck: bool,
    current: Arc<Current>,
}

#[derive(Debug)]
struct Current {
    identity: Option<Identity>,
    read: AtomicBool,
    needed: OnceLock<StepUpNeeded>,
}

impl CurrentIdentity {
    /// Used by the layer: wraps the session's identity, if there is one.
    #[must_use]
    pub fn new(identity: Option<Identity>) -> Self {
        Self {
            needs_recheck: false,
            current: Arc::new(Current {
                identity,
                read: AtomicBool::new(false),
                needed: OnceLock::new(),
            }),
        }
    }

    /// Used by the layer: whether the page that is asked for has to go to the sign-in first.
    #[must_use]
    pub fn with_recheck(mut self, needs_recheck: bool) -> Self {
        self.needs_recheck = needs_recheck;
        self
    }

    /// Returns whether a guard sends this request to the sign-in although somebody is signed in:
    /// Okta is to be asked about them again, which only their browser can do, without anything to
    /// be seen. True for pages that a browser opens, and once in an interval.
    #[must_use]
    pub fn needs_recheck(&self) -> bool {
        self.needs_recheck
    }

    /// Returns who is signed in.
    #[must_use]
    pub fn get(&self) -> Option<&Identity> {
        self.current.read.store(true, Ordering::Relaxed);
        self.current.identity.as_ref()
    }

    /// Checks how, and how recently, this person signed in.
    ///
    /// # Errors
    ///
    /// Returns [`StepUpNeeded`] if that isn't enough.
    pub fn step_up(&self, asked: &StepUp, identity: &Identity) -> Result<(), StepUpNeeded> {
        if asked.is_empty() {
            return Ok(());
        }
        let now = Timestamp(OffsetDateTime::now_utc().unix_timestamp());
        asked.check(identity, now).inspect_err(|needed| {
            // The first guard that refuses is the one that answers.
            let _first = self.current.needed.set(needed.clone());
        })
    }

    /// Returns what [`step_up`](Self::step_up) found missing while the request was handled.
    #[must_use]
    pub fn needed(&self) -> Option<&StepUpNeeded> {
        self.current.needed.get()
    }

    /// Returns whether [`get`](Self::get) was called while the request was handled.
    #[must_use]
    pub fn was_read(&self) -> bool {
        self.current.read.load(Ordering::Relaxed)
    }
}

/// Nobody is signed in, but the handler needs an [`Identity`]: 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSignedIn;

impl NotSignedIn {
    /// Returns the response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::UNAUTHORIZED
    }

    /// Returns the response's body.
    #[must_use]
    pub fn body_text(&self) -> String {
        Problem::from(*self).body_text()
    }
}

impl From<NotSignedIn> for Problem {
    fn from(refused: NotSignedIn) -> Self {
        Self::new(
            refused.status(),
            "Not signed in",
            "Sign in first, then repeat the request.",
        )
    }
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NOT_SIGNED_IN)
    }
}

impl std::error::Error for NotSignedIn {}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

impl StepUpNeeded {
    /// Returns the response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::UNAUTHORIZED
    }

    /// Returns the value of `WWW-Authenticate` ([RFC 9470
    /// §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)).
    #[must_use]
    pub fn challenge(&self) -> HeaderValue {
        let mut challenge = "Bearer error=\"insufficient_user_authentication\"".to_owned();
        if self.asked().can_be_sent() {
            for (name, value) in self.asked().parameters() {
                // The RFC has no parameter for methods.
                if name != "amr" {
                    challenge.push_str(&format!(", {name}=\"{value}\""));
                }
            }
        }
        HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static(
            "Bearer error=\"insufficient_user_authentication\"",
        ))
    }
}

impl From<&StepUpNeeded> for Problem {
    fn from(needed: &StepUpNeeded) -> Self {
        let title = "A more recent or stronger sign-in is needed";
        let detail = format!(
            "This needs {}. Sign in again, then repeat the request.",
            needed.asked()
        );
        Self::new(needed.status(), title, detail)
    }
}

impl IntoResponse for StepUpNeeded {
    fn into_response(self) -> Response {
        let challenge = [(header::WWW_AUTHENTICATE, self.challenge())];
        (challenge, Problem::from(&self)).into_response()
    }
}

impl Forbidden {
    /// Returns the response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    /// Returns the response's body.
    #[must_use]
    pub fn body_text(&self) -> String {
        Problem::from(self).body_text()
    }
}

impl From<&Forbidden> for Problem {
    fn from(refused: &Forbidden) -> Self {
        Self::new(refused.status(), "Not allowed", refused.to_string())
    }
}

impl IntoResponse for Forbidden {
    fn into_response(self) -> Response {
        Problem::from(&self).into_response()
    }
}

/// An error response for programs: `application/problem+json` ([RFC
/// 9457](https://www.rfc-editor.org/rfc/rfc9457)), never cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    more: Map<String, Value>,
}

impl Problem {
    /// Creates a problem: `title` is the kind of problem, `detail` says what to do about this one.
    #[must_use]
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            more: Map::new(),
        }
    }

    /// Adds a member of its own ([RFC 9457
    /// §3.2](https://www.rfc-editor.org/rfc/rfc9457#section-3.2)).
    #[must_use]
    pub fn with(mut self, member: impl Into<String>, value: impl Into<Value>) -> Self {
        self.more.insert(member.into(), value.into());
        self
    }

    /// Returns the response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the response's body.
    #[must_use]
    pub fn body_text(&self) -> String {
        let mut body = self.more.clone();
        body.insert("type".to_owned(), "about:blank".into());
        body.insert("title".to_owned(), self.title.into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.as_str().into());
        Value::Object(body).to_string()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "application/problem+json"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (self.status, headers, self.body_text()).into_response()
    }
}

/// Rejects with [`NotSignedIn`] if nobody is signed in, or if the layer is missing.
impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<CurrentIdentity>()
            .and_then(CurrentIdentity::get)
            .cloned()
            .ok_or(NotSignedIn)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Identity {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        let identity = <Self as FromRequestParts<S>>::from_request_parts(parts, state).await;
        Ok(identity.ok())
    }
}
