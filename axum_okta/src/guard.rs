//! [`require_auth`], the tower layer that closes a route to whoever is not signed in.

use std::{
    future::{Ready, ready},
    task::{Context, Poll},
};

use axum::response::{IntoResponse, Redirect, Response};
use futures::future::Either;
use http::{Method, Request, StatusCode, header};
use okta_types::{CurrentIdentity, NotSignedIn};
use tower::{Layer, Service};

use crate::{Okta, page::problem};

/// Closes routes to whoever is not signed in.
///
/// A page request (`GET` or `HEAD` that accepts `text/html`) is sent to sign in and comes back to the same address;
/// every other request gets 401 as `application/problem+json`. The decision is taken from the session alone: no
/// header, no query, no path.
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
/// let app: Router = Router::new().route("/hello", get(hello).layer(require_auth()));
/// ```
#[must_use]
pub fn require_auth() -> RequireAuth {
    RequireAuth(())
}

/// The layer made by [`require_auth`].
#[derive(Clone, Copy, Debug)]
pub struct RequireAuth(());

impl<S> Layer<S> for RequireAuth {
    type Service = RequireAuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireAuthService(inner)
    }
}

/// The service made by [`RequireAuth`].
#[derive(Clone, Debug)]
pub struct RequireAuthService<S>(S);

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
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match refusal(&request) {
            None => Either::Left(futures::TryFutureExt::map_ok(
                self.0.call(request),
                IntoResponse::into_response,
            )),
            Some(refusal) => Either::Right(ready(Ok(refusal))),
        }
    }
}

/// The answer to a request that may not pass.
fn refusal<B>(request: &Request<B>) -> Option<Response> {
    let extensions = request.extensions();
    let (Some(okta), Some(current)) = (
        extensions.get::<Okta>(),
        extensions.get::<CurrentIdentity>(),
    ) else {
        tracing::error!("require_auth() is not inside okta.layer(): everything is refused");
        return Some(problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The guard is not set up",
            "This route is guarded, but the app lacks the layer that says who is signed in.",
        ));
    };
    if current.get().is_some() {
        return None;
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
