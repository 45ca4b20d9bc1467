//! **For tests only:** a made-up identity in place of the sign-in.
//!
//! Requires the `testing` feature, which is off by default. Enable it in `[dev-dependencies]` only:
//!
//! ```toml
//! [dev-dependencies]
//! axum_okta = { version = "0.1", features = ["testing"] }
//! ```
//!
//! Put [`signed_in_as`] or [`signed_out`] around your routes, in place of [`Okta::layer`]:
//!
//! ```
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use axum_okta::{require_auth, testing::{identity, signed_in_as}};
//! use tower::ServiceExt;
//!
//! fn routes() -> Router {
//!     let drafts = get(|| async { "Drafts" });
//!     Router::new().route("/drafts", drafts.layer(require_auth().role("editor")))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = routes().layer(signed_in_as(identity("ada").with_role("editor")));
//! let response = app.oneshot(Request::get("/drafts").body(Body::empty())?).await?;
//! assert_eq!(response.status(), StatusCode::OK);
//! # Ok(())
//! # }
//! ```
//!
//! There are more examples in the [guide](crate::guide::testing).
//!
//! # It opens no production app
//!
//! - Nothing changes until your code calls it, even where the feature is on.
//! - In a build without debug assertions, such as a release build, it panics when it is called.
//! - Wherever [`Okta::layer`] is, inside or outside, the real sign-in decides.
//! - It logs a warning when it is called.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Extensions, Request};
use okta_types::{CurrentIdentity, Identity};
use tower::{Layer, Service};
use tower_sessions::{MemoryStore, Session};

use crate::okta::Okta;

pub use okta_types::testing::identity;

/// Makes every request come from this person. **For tests only.**
///
/// # Panics
///
/// In a build without debug assertions. To run your tests with `--release`, set
/// `CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true`.
#[must_use]
pub fn signed_in_as(identity: Identity) -> TestLayer {
    TestLayer::new(Some(identity), cfg!(debug_assertions))
}

/// Makes every request come from somebody who isn't signed in. **For tests only.**
///
/// # Panics
///
/// Like [`signed_in_as`].
#[must_use]
pub fn signed_out() -> TestLayer {
    TestLayer::new(None, cfg!(debug_assertions))
}

/// The layer returned by [`signed_in_as`] and [`signed_out`]. **For tests only.**
///
/// It adds what [`Okta::layer`] adds to each request: the identity, an [`Okta`] without a
/// connection, and a [`Session`], which all requests share as if they came from one browser. It
/// does nothing else of what the real layer does: no routes, no cookies, no protection against
/// cross-site requests.
#[derive(Clone, Debug)]
pub struct TestLayer {
    okta: Okta,
    session: Session,
    identity: Option<Identity>,
}

impl TestLayer {
    /// Deployed builds have no debug assertions.
    fn new(identity: Option<Identity>, debug_assertions: bool) -> Self {
        assert!(
            debug_assertions,
            "axum_okta::testing signs people in without Okta, so it does not run in a release \
             build. Remove it from the app. To test in a release build, set \
             CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true"
        );
        let who = identity.as_ref().map_or("nobody", Identity::display_name);
        tracing::warn!("axum_okta::testing is in use: every request comes from {who}");
        #[expect(clippy::expect_used, reason = "the defaults are right")]
        let fixed = Okta::builder().fixed().expect("the defaults are right");
        Self {
            okta: Okta::closed(fixed),
            session: Session::new(None, Arc::new(MemoryStore::default()), None),
            identity,
        }
    }

    /// Adds what this layer adds to a request's extensions, for code that has no service.
    ///
    /// Changes nothing if another layer has been applied, such as [`Okta::layer`].
    pub fn insert_into(&self, extensions: &mut Extensions) {
        if extensions.get::<CurrentIdentity>().is_some() {
            tracing::error!(
                "axum_okta::testing is ignored: another layer has said who is signed in. In tests, \
                 use routes that are not inside okta.layer()"
            );
            return;
        }
        extensions.insert(CurrentIdentity::new(self.identity.clone()));
        extensions.insert(self.session.clone());
        extensions.insert(self.okta.clone());
    }
}

impl<S> Layer<S> for TestLayer {
    type Service = TestService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TestService {
            layer: self.clone(),
            inner,
        }
    }
}

/// The service of [`TestLayer`]. **For tests only.**
#[derive(Clone, Debug)]
pub struct TestService<S> {
    layer: TestLayer,
    inner: S,
}

impl<S, B> Service<Request<B>> for TestService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        self.layer.insert_into(request.extensions_mut());
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use axum::{Router, body::Body, http::StatusCode, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::require_auth;

    fn guarded() -> Router {
        Router::new().route("/", get(|| async { "Drafts" }).layer(require_auth()))
    }

    async fn status(app: Router) -> StatusCode {
        let request = Request::get("/").body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn where_the_real_layer_is_it_signs_nobody_in() {
        let real = Okta::closed(Okta::builder().fixed().unwrap()).layer();
        let test = signed_in_as(identity("ada"));
        assert_eq!(status(guarded().layer(test.clone())).await, StatusCode::OK);

        let inside = guarded().layer(test.clone()).layer(real.clone());
        assert_eq!(status(inside).await, StatusCode::UNAUTHORIZED);
        let outside = guarded().layer(real).layer(test);
        assert_eq!(status(outside).await, StatusCode::UNAUTHORIZED);
    }

    #[test]
    #[should_panic(expected = "does not run in a release build")]
    fn a_release_build_refuses_it() {
        let _ = TestLayer::new(Some(identity("ada")), false);
    }
}
