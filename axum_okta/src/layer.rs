//! [`OktaLayer`]: cookies, then session, then identity, then our own routes, then the app.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use okta_types::{CurrentIdentity, Identity};
use tower::{BoxError, Layer, Service, ServiceExt, util::Either};
use tower_http::csrf::{Csrf, CsrfLayer};
use tower_sessions::{Session, SessionManagerLayer, cookie::SameSite};

use crate::{
    Okta,
    cookies::CheckCookies,
    routes::{self, Routes},
    session_store::Sessions,
};

const SESSION_COOKIE: &str = "okta_session";

/// Made by [`Okta::layer`].
#[derive(Clone)]
pub struct OktaLayer {
    okta: Okta,
    sessions: Option<SessionManagerLayer<Sessions>>,
    routes: Routes,
}

impl OktaLayer {
    pub(crate) fn new(okta: Okta) -> Self {
        let sessions = okta.open().ok().map(|open| {
            let sessions = Sessions::new(open.store.sessions.clone(), open.live_sessions.clone());
            SessionManagerLayer::new(sessions)
                .with_name(okta.cookie_name(SESSION_COOKIE))
                // Not Strict: the browser comes back from Okta with a cross-site navigation.
                .with_same_site(SameSite::Lax)
                .with_secure(okta.is_https())
        });
        let routes = Routes::new(&okta);
        Self {
            okta,
            sessions,
            routes,
        }
    }

    /// State-changing requests come from this app's own pages, or from a program that is no browser. The callback may
    /// be posted from Okta; it has protection of its own, `state`.
    fn csrf(&self) -> CsrfLayer {
        let callback = self.okta.shared().paths.callback.clone();
        let layer = CsrfLayer::new().with_insecure_bypass(move |method: &Method, uri: &Uri| {
            method == Method::POST && uri.path() == callback
        });
        let origin = self.okta.base_url().origin().ascii_serialization();
        // Behind a proxy that rewrites Host, the origin that browsers see still counts as this one.
        layer.clone().add_trusted_origin(origin).unwrap_or(layer)
    }
}

/// A service inside of tower-sessions' layer.
type WithSession<S> = <SessionManagerLayer<Sessions> as Layer<S>>::Service;

impl<S> Layer<S> for OktaLayer {
    type Service = CheckCookies<Either<WithSession<Csrf<OktaService<S>>>, Csrf<OktaService<S>>>>;

    fn layer(&self, inner: S) -> Self::Service {
        let service = self.csrf().layer(OktaService {
            okta: self.okta.clone(),
            routes: self.routes.clone(),
            inner,
        });
        let service = match &self.sessions {
            Some(sessions) => Either::Left(sessions.layer(service)),
            None => Either::Right(service),
        };
        let ours = [SESSION_COOKIE, routes::BROWSER_COOKIE].map(|name| self.okta.cookie_name(name));
        CheckCookies::new(service, ours)
    }
}

/// Made by [`OktaLayer`].
#[derive(Clone)]
pub struct OktaService<S> {
    okta: Okta,
    routes: Routes,
    inner: S,
}

impl<S, B> Service<Request<Body>> for OktaService<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let okta = self.okta.clone();
        // The clone is not ready; the one that was polled is.
        let not_ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, not_ready);
        let ours = self.routes.answering(request.uri().path());

        Box::pin(async move {
            let identity = match request.extensions().get::<Session>() {
                Some(session) => identity(&okta, session).await,
                None => None,
            };
            let current = CurrentIdentity::new(identity);
            request.extensions_mut().insert(current.clone());
            request.extensions_mut().insert(okta.clone());

            let mut response = match ours {
                Some(routes) => match routes.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
                None => inner.call(request).await?.map(Body::new),
            };
            keep_private(&okta, &current, &mut response);
            Ok(response)
        })
    }
}

/// Who is signed in: somebody with a live session that came through the connection in use. Unsure is nobody.
async fn identity(okta: &Okta, session: &Session) -> Option<Arc<Identity>> {
    let open = okta.open().ok()?;
    let connection = open.connection.load();
    let connection = connection.as_ref()?;
    let signed_in = open
        .live_sessions
        .find(session, &open.roles)
        .await
        .inspect_err(|error| tracing::error!(%error, "the session could not be read"))
        .ok()??;
    (signed_in.connection_id == connection.id).then(|| signed_in.identity.clone())
}

/// What depends on who is signed in is kept by nobody, and a page that sends somebody to sign in sends nothing else.
fn keep_private(okta: &Okta, current: &CurrentIdentity, response: &mut Response) {
    let to_sign_in = response.status().is_redirection()
        && response
            .headers()
            .get(header::LOCATION)
            .is_some_and(|location| leads_to(location, okta.login_path()));
    if to_sign_in {
        *response.body_mut() = Body::empty();
        for described in [
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
        ] {
            response.headers_mut().remove(described);
        }
    }
    if current.was_read() || to_sign_in {
        response
            .headers_mut()
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
}

fn leads_to(location: &HeaderValue, path: &str) -> bool {
    location
        .as_bytes()
        .strip_prefix(path.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"?"))
}
