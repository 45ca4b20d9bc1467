//! [`require_auth`], the tower layer that closes a route to whoever is not signed in.

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

use crate::{
    http::{
        accepts_html,
        page::{Link, Page},
    },
    okta::Okta,
};

/// Closes routes to whoever is not signed in.
///
/// A page request (`GET` or `HEAD` that accepts `text/html`) is sent to sign in and comes back to
/// the same address; every other request gets 401 as `application/problem+json`. The decision is
/// taken from the session alone: no header, no query, no path.
///
/// With [`role`](RequireAuth::role), [`any_role`](RequireAuth::any_role) or
/// [`group`](RequireAuth::group) being signed in is not enough: whoever lacks what is named gets
/// 403, as a page or as a problem, and is not sent to sign in again.
///
/// Needs [`Okta::layer`] further out. Without it, everything is refused with status 500.
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

/// The layer made by [`require_auth`]. Everything it names must hold.
#[derive(Clone, Debug)]
pub struct RequireAuth(Arc<Requirement>);

impl RequireAuth {
    /// Only for people with this role.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        self.and(|requirement| requirement.role(role))
    }

    /// Only for people with one of these roles.
    #[must_use]
    pub fn any_role(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.and(|requirement| requirement.any_role(roles))
    }

    /// Only for people in this group of Okta's.
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

/// The service made by [`RequireAuth`].
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

/// The answer to a request that may not pass.
fn refusal<B>(request: &Request<B>, requirement: &Requirement) -> Option<Response> {
    let extensions = request.extensions();
    let (Some(okta), Some(current)) = (
        extensions.get::<Okta>(),
        extensions.get::<CurrentIdentity>(),
    ) else {
        tracing::error!("require_auth() is not inside okta.layer(): everything is refused");
        let problem = Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The guard is not set up",
            "This route is guarded, but the app lacks the layer that says who is signed in.",
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

/// Signing in again would change nothing, so nobody is sent there.
fn forbidden_page(forbidden: &Forbidden) -> Response {
    Page {
        status: forbidden.status(),
        title: "You may not open this page",
        explanation: &forbidden.to_string(),
        links: &[Link::HOME],
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
    matches!(*request.method(), Method::GET | Method::HEAD) && accepts_html(request.headers())
}
