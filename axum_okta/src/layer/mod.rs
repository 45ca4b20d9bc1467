//! [`OktaLayer`]: cookies, then session, then identity, then our own routes, then the app.

pub(crate) mod conflict;
mod cross_site;
mod form;
mod navigation;
mod privacy;
mod service;
mod sessions;
mod unknown;

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Once},
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use bytes::Bytes;
use http::{Method, Request, Uri};
use tower::{BoxError, Layer, Service};
use tower_http::csrf::{Csrf, CsrfLayer, ResponseFuture};

use crate::{http::cookies, okta::Okta, routes::Routes};

use conflict::RouteConflict;
use cross_site::{Explain, Refuse};
use service::{Identify, Identifying};

impl Okta {
    /// Returns the tower layer that does the work: sessions, identity, and the routes `/login`,
    /// `/authorization-code/callback`, `/logout`, `/frontchannel-logout`, `/backchannel-logout`,
    /// `/global-token-revocation`, `/api/identity` and `/api/okta/…`.
    ///
    /// Put it around the whole router, as the last `.layer(…)`: layers that are added later are
    /// outside of it. [`add_to`](Self::add_to) does that, and checks that no route of yours uses a
    /// path of ours. The layer alone notices such a route at the first request, and logs it.
    #[must_use]
    pub fn layer(&self) -> OktaLayer {
        OktaLayer {
            routes: Routes::new(self),
            conflict: Arc::new(Once::new()),
            okta: self.clone(),
        }
    }
}

/// The layer returned by [`Okta::layer`].
#[derive(Clone)]
pub struct OktaLayer {
    okta: Okta,
    routes: Routes,
    /// Logged once, however many routes the layer wraps.
    conflict: Arc<Once>,
}

impl OktaLayer {
    /// State-changing requests must come from this app's own pages, or from a program that is not a
    /// browser. Okta may post to the callback, which `state` protects. A portal may post to the
    /// sign-in, which is sent back as the GET that any site may cause.
    fn csrf(&self) -> CsrfLayer<Refuse> {
        let okta = self.okta.clone();
        let layer = CsrfLayer::new().with_insecure_bypass(move |method: &Method, uri: &Uri| {
            let paths = &okta.shared().paths;
            let is_sign_in = paths.login == uri.path() || paths.is_callback(uri.path());
            (method == Method::POST && is_sign_in) || okta.is_csrf_exempt(uri)
        });
        let origin = self.okta.base_url().origin().ascii_serialization();
        // Behind a proxy that rewrites Host, the public origin still counts as this one.
        let layer = layer.clone().add_trusted_origin(origin).unwrap_or(layer);
        layer.with_rejection_response(cross_site::refuse)
    }
}

impl<S> Layer<S> for OktaLayer {
    type Service = OktaService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let identify = Identify {
            okta: self.okta.clone(),
            session_cookie: self.okta.cookie_name(cookies::SESSION).into(),
            routes: self.routes.clone(),
            conflict: self.conflict.clone(),
            inner,
        };
        OktaService(self.csrf().layer(identify))
    }
}

impl fmt::Debug for OktaLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaLayer").finish_non_exhaustive()
    }
}

/// The service of [`OktaLayer`]. It fails only if the inner service fails.
#[derive(Clone)]
pub struct OktaService<S>(Csrf<Identify<S>, Refuse>);

impl<S, B> Service<Request<Body>> for OktaService<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = OktaFuture<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        OktaFuture {
            explain: Explain::to_sender_of(request.headers()),
            response: self.0.call(request),
        }
    }
}

/// The future of [`OktaService`].
pub struct OktaFuture<E> {
    response: ResponseFuture<Identifying<E>>,
    explain: Explain,
}

impl<E> Future for OktaFuture<E> {
    type Output = Result<Response, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let explain = self.explain;
        let response = Pin::new(&mut self.response).poll(cx);
        response.map_ok(|response| explain.refusal(response))
    }
}

impl<E> fmt::Debug for OktaFuture<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaFuture").finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for OktaService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaService").finish_non_exhaustive()
    }
}
