//! [`require_auth`], the tower layer that requires sign-in for a route.

use std::{
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use axum::response::{IntoResponse, Redirect, Response};
use futures::future::Either;
use http::{Method, Request, StatusCode, header};
use okta_types::Problem;
pub use okta_types::{CurrentIdentity, Forbidden, NotSignedIn, Requirement};
use tower::{Layer, Service};

use crate::{http::page::Page, okta::Okta};

/// Guards routes: only people who are signed in get through.
///
/// A page request (`GET` or `HEAD` that accepts `text/html`) is redirected to the sign-in and comes
/// back to the same address. Every other request gets 401 as `application/problem+json`. The
/// decision depends on the session alone, not on headers, the query, or the path.
///
/// With [`role`](RequireAuth::role), [`any_role`](RequireAuth::any_role) or
/// [`group`](RequireAuth::group), being signed in is not enough: people who don't meet the
/// requirement get 403, as a page or as a problem, and are not sent to sign in again.
///
/// Requires [`Okta::layer`] further out. Without it, every request gets status 500.
///
/// ```
/// use axum::{Router, routing::get};
/// use axum_okta::{Identity, require_auth};
///
/// async fn hello(identity: Identity) -> String {
///     format!("Hello {}", identity.display_name())
/// }
///
/// let app: Router = Router::new()
///     .route("/hello", get(hello).layer(require_auth()))
///     .route("/drafts", get(hello).layer(require_auth().any_role(["editor", "author"])));
/// ```
#[must_use]
pub fn require_auth() -> RequireAuth {
    RequireAuth(Arc::default())
}

/// The layer returned by [`require_auth`]. All of its requirements must hold.
#[derive(Clone, Debug)]
pub struct RequireAuth(Arc<Requirement>);

impl RequireAuth {
    /// Requires this role.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        self.and(|requirement| requirement.role(role))
    }

    /// Requires one of these roles.
    #[must_use]
    pub fn any_role(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.and(|requirement| requirement.any_role(roles))
    }

    /// Requires this Okta group.
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        self.and(|requirement| requirement.group(group))
    }

    fn and(self, more: impl FnOnce(Requirement) -> Requirement) -> Self {
        Self(Arc::new(more(Arc::unwrap_or_clone(self.0))))
    }
}

impl<S> Layer<S> for RequireAuth {
    type Service = RequireAuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireAuthService {
            requirement: self.0.clone(),
            inner,
        }
    }
}

/// The service of [`RequireAuth`].
#[derive(Clone, Debug)]
pub struct RequireAuthService<S> {
    requirement: Arc<Requirement>,
    inner: S,
}

impl<S, B> Service<Request<B>> for RequireAuthService<S>
where
    S: Service<Request<B>>,
    S::Response: IntoResponse,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<
        futures::future::MapOk<S::Future, fn(S::Response) -> Response>,
        Ready<Result<Response, S::Error>>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match refusal(&request, &self.requirement) {
            None => Either::Left(futures::TryFutureExt::map_ok(
                self.inner.call(request),
                IntoResponse::into_response,
            )),
            Some(refusal) => Either::Right(ready(Ok(refusal))),
        }
    }
}

/// The response to a request that may not pass.
fn refusal<B>(request: &Request<B>, requirement: &Requirement) -> Option<Response> {
    let extensions = request.extensions();
    let (Some(okta), Some(current)) = (
        extensions.get::<Okta>(),
        extensions.get::<CurrentIdentity>(),
    ) else {
        tracing::error!(
            "require_auth() is not inside okta.layer(), so every request is refused. Add the layer to the \
                         router"
        );
        let problem = Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Sign-in is not set up",
            "This route requires sign-in, but the app is missing `okta.layer()`. Add it to the router.",
        );
        return Some(problem.into_response());
    };
    if let Some(identity) = current.get() {
        let forbidden = requirement.check(identity).err()?;
        return Some(if wants_page(request) {
            forbidden_page(&forbidden)
        } else {
            forbidden.into_response()
        });
    }
    if !wants_page(request) {
        return Some(NotSignedIn.into_response());
    }
    let here = request
        .uri()
        .path_and_query()
        .map_or("/", |path_and_query| path_and_query.as_str());
    Some(to_sign_in(okta, here))
}

/// Signing in again would change nothing, so nobody is sent to the sign-in.
fn forbidden_page(forbidden: &Forbidden) -> Response {
    Page {
        status: forbidden.status(),
        title: "You don't have access to this page",
        explanation: &forbidden.to_string(),
        links: &[("/", "Home")],
        reference: None,
    }
    .into_response()
}

/// A redirect to the sign-in, without a body, never cached.
fn to_sign_in(okta: &Okta, return_to: &str) -> Response {
    let location = okta.sign_in_path(return_to);
    (
        [(header::CACHE_CONTROL, "no-store")],
        Redirect::to(&location),
    )
        .into_response()
}

fn wants_page<B>(request: &Request<B>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
        && request
            .headers()
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains("text/html"))
}
