//! [`require_auth`], the tower layer that requires sign-in for a route.

use std::{
    future::{Ready, ready},
    mem::take,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
    time::Duration,
};

use axum::response::{IntoResponse, Redirect, Response};
use futures::future::Either;
use http::{Method, Request, StatusCode, header};
pub use okta_types::{CurrentIdentity, Forbidden, NotSignedIn, Requirement, StepUp, StepUpNeeded};
use okta_types::{LAYER_MISSING, Problem};
use tower::{Layer, Service};

use crate::{
    http::{
        accepts_html,
        page::{Link, Page},
    },
    okta::Okta,
};

/// Guards routes: only people who are signed in get through.
///
/// A page request (`GET` or `HEAD` that accepts `text/html`) is redirected to the sign-in and comes
/// back to the same address. Every other request gets 401 as `application/problem+json`. The
/// decision depends on the session alone, not on headers, the query, or the path.
///
/// With [`role`](RequireAuth::role), [`any_role`](RequireAuth::any_role),
/// [`group`](RequireAuth::group) or [`organization`](RequireAuth::organization), being signed in is
/// not enough: people who don't meet the requirement get 403, as a page or as a problem, and are
/// not sent to sign in again.
///
/// With [`max_age`](RequireAuth::max_age), [`acr`](RequireAuth::acr) or [`amr`](RequireAuth::amr), a
/// sign-in has to be recent, or strong, enough. People whose sign-in isn't are sent to Okta to sign
/// in again; every other request gets 401 with the challenge of [RFC
/// 9470](https://www.rfc-editor.org/rfc/rfc9470).
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
    RequireAuth(None)
}

/// The layer returned by [`require_auth`]. All of its requirements must hold.
#[derive(Clone, Debug)]
pub struct RequireAuth(Option<Arc<Asked>>);

/// What is asked for beyond being signed in. Where nothing is, there is nothing to share either: axum
/// clones a guard twice for each request, and processors wait for one another to count.
#[derive(Clone, Debug, Default)]
struct Asked {
    requirement: Requirement,
    step_up: StepUp,
}

static NOTHING: LazyLock<Asked> = LazyLock::new(Asked::default);

impl RequireAuth {
    /// Requires this role.
    #[must_use]
    pub fn role(self, role: impl Into<String>) -> Self {
        self.and(|asked| asked.requirement = take(&mut asked.requirement).role(role))
    }

    /// Requires one of these roles.
    #[must_use]
    pub fn any_role(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.and(|asked| asked.requirement = take(&mut asked.requirement).any_role(roles))
    }

    /// Requires this Okta group.
    #[must_use]
    pub fn group(self, group: impl Into<String>) -> Self {
        self.and(|asked| asked.requirement = take(&mut asked.requirement).group(group))
    }

    /// Requires that the person is of the organization with this key. Whoever isn't signed in is
    /// sent to sign in with that organization; people of another one get 403.
    #[must_use]
    pub fn organization(self, organization: impl Into<String>) -> Self {
        self.and(|asked| {
            asked.requirement = take(&mut asked.requirement).organization(organization);
        })
    }

    /// Requires that the person proved to Okta who they are within this time. People whose sign-in
    /// is older confirm that it's them: Okta asks them to sign in again, and they come back.
    ///
    /// A minute more is allowed, for clocks that differ.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        self.and(|asked| asked.step_up = take(&mut asked.step_up).max_age(age))
    }

    /// Requires that the sign-in met this authentication context, such as `urn:okta:loa:2fa:any`.
    /// Okta is asked for it, and for the second factor that it may need. See [Okta's
    /// values](https://developer.okta.com/docs/guides/step-up-authentication/main/#predefined-parameter-values).
    #[must_use]
    pub fn acr(self, acr: impl Into<String>) -> Self {
        self.and(|asked| asked.step_up = take(&mut asked.step_up).acr(acr))
    }

    /// Requires that the sign-in used this method ([RFC
    /// 8176](https://www.rfc-editor.org/rfc/rfc8176)), such as `mfa` or `hwk`.
    ///
    /// Okta can't be asked for a method, only to have people sign in again: its sign-on policy has
    /// to require the method, or use [`acr`](Self::acr) as well.
    #[must_use]
    pub fn amr(self, amr: impl Into<String>) -> Self {
        self.and(|asked| asked.step_up = take(&mut asked.step_up).amr(amr))
    }

    fn and(self, more: impl FnOnce(&mut Asked)) -> Self {
        let mut asked = self.0.map(Arc::unwrap_or_clone).unwrap_or_default();
        more(&mut asked);
        Self(Some(Arc::new(asked)))
    }
}

impl<S> Layer<S> for RequireAuth {
    type Service = RequireAuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireAuthService {
            asked: self.0.clone(),
            inner,
        }
    }
}

/// The service of [`RequireAuth`].
#[derive(Clone, Debug)]
pub struct RequireAuthService<S> {
    asked: Option<Arc<Asked>>,
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
        let asked = self.asked.as_deref().unwrap_or(&NOTHING);
        match refusal(&request, asked) {
            None => Either::Left(futures::TryFutureExt::map_ok(
                self.inner.call(request),
                IntoResponse::into_response,
            )),
            Some(refusal) => Either::Right(ready(Ok(refusal))),
        }
    }
}

/// The response to a request that may not pass.
fn refusal<B>(request: &Request<B>, asked: &Asked) -> Option<Response> {
    let extensions = request.extensions();
    let (Some(okta), Some(current)) = (
        extensions.get::<Okta>(),
        extensions.get::<CurrentIdentity>(),
    ) else {
        tracing::error!("require_auth() refuses every request, because {LAYER_MISSING}");
        let problem = Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Sign-in is not set up",
            format!("This route requires sign-in, but {LAYER_MISSING}."),
        );
        return Some(problem.into_response());
    };
    let identity = current.get().filter(|_| !current.needs_recheck());
    let Some(identity) = identity else {
        return Some(match wants_page(request) {
            true => to_sign_in(okta, request, asked),
            false => NotSignedIn.into_response(),
        });
    };
    if let Err(forbidden) = asked.requirement.check(identity) {
        return Some(match wants_page(request) {
            true => forbidden_page(&forbidden),
            false => forbidden.into_response(),
        });
    }
    let needed = current.step_up(&asked.step_up, identity).err()?;
    Some(match wants_page(request) {
        true => to_sign_in(okta, request, asked),
        false => needed.into_response(),
    })
}

/// Signing in again would change nothing, so nobody is sent to the sign-in.
fn forbidden_page(forbidden: &Forbidden) -> Response {
    Page {
        status: forbidden.status(),
        title: "You don't have access to this page",
        explanation: &forbidden.to_string(),
        links: &[Link::HOME],
        reference: None,
    }
    .into_response()
}

/// A redirect to the sign-in, without a body, never cached.
fn to_sign_in<B>(okta: &Okta, request: &Request<B>, asked: &Asked) -> Response {
    let here = request.uri().path_and_query();
    let return_to = here.map_or("/", |here| here.as_str());
    let by_address = || {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = request.method().clone();
        parts.uri = request.uri().clone();
        parts.headers = request.headers().clone();
        okta.organization_of(&parts)
    };
    let required = asked.requirement.required_organization();
    let organization = required.map(str::to_owned).or_else(by_address);
    let location = okta.sign_in_with(organization.as_deref(), &asked.step_up, return_to);
    (
        [(header::CACHE_CONTROL, "no-store")],
        Redirect::to(&location),
    )
        .into_response()
}

fn wants_page<B>(request: &Request<B>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD) && accepts_html(request.headers())
}
