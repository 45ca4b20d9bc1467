//! One request: whose it is, and who answers it.

use std::{
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    extract::MatchedPath,
    response::Response,
};
use bytes::Bytes;
use http::Request;
use tower::{BoxError, Service, ServiceExt};

use super::{
    OktaFuture, RouteConflict, Shared,
    visit::{Arrival, Left},
};
use crate::http::cookies::Cookies;

/// The service of [`OktaLayer`](super::OktaLayer). It fails only if the inner service fails.
#[derive(Clone)]
pub struct OktaService<S> {
    pub(super) shared: Arc<Shared>,
    pub(super) inner: S,
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
    type Future = OktaFuture<S::Future, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let cookies = Cookies::of(request.headers());
        if let Some(refusal) = self.shared.refusal(&request, &cookies) {
            return OktaFuture::waiting(async { Ok(refusal) });
        }
        let arrival = Arrival::of(&request, &cookies, &self.shared);
        let ours = self.shared.routes.answering(request.uri().path());
        if ours.is_some() {
            self.note_conflict(&request);
        } else if let Some(who) = arrival.who_at_once() {
            let visit = arrival.enter(&mut request, who);
            return OktaFuture::app(self.inner.call(request), visit);
        }
        // The clone is not ready; the service that was polled is.
        let not_ready = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, not_ready);
        OktaFuture::waiting(async move {
            let who = arrival.who().await;
            let visit = arrival.enter(&mut request, who);
            let response = match ours {
                Some(routes) => match routes.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
                None => inner.call(request).await?.map(Body::new),
            };
            Ok(match visit.leave(response) {
                Left::Nothing(response) => response,
                Left::Saving(saving) => saving.await,
            })
        })
    }
}

impl<S> OktaService<S> {
    /// A route of the app at one of our paths is never reached. That is logged once.
    fn note_conflict(&self, request: &Request<Body>) {
        if let Some(matched) = request.extensions().get::<MatchedPath>()
            && self.shared.routes.have(matched.as_str())
        {
            self.shared.conflict.call_once(|| {
                let paths = vec![matched.as_str().to_owned()];
                tracing::error!("{}", RouteConflict { paths });
            });
        }
    }
}

impl<S> fmt::Debug for OktaService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaService").finish_non_exhaustive()
    }
}
