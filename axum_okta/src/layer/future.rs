//! [`OktaFuture`]: nothing is boxed while there is nothing to wait for but the app.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use bytes::Bytes;
use futures::future::BoxFuture;
use pin_project_lite::pin_project;
use tower::BoxError;

use super::visit::{Left, Visit};

pin_project! {
    /// The future of [`OktaService`](super::OktaService).
    pub struct OktaFuture<F, E> {
        #[pin]
        step: Step<F, E>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<F, E> {
        /// The app is answering.
        App { #[pin] response: F, visit: Option<Visit> },
        /// It has, and the session is being saved.
        Saving { response: BoxFuture<'static, Response> },
        /// There was something else to wait for, too.
        Waiting { response: BoxFuture<'static, Result<Response, E>> },
    }
}

impl<F, E> OktaFuture<F, E> {
    pub(super) fn app(response: F, visit: Visit) -> Self {
        let visit = Some(visit);
        Self {
            step: Step::App { response, visit },
        }
    }

    pub(super) fn waiting(
        response: impl Future<Output = Result<Response, E>> + Send + 'static,
    ) -> Self {
        let response = Box::pin(response);
        Self {
            step: Step::Waiting { response },
        }
    }
}

impl<F, B, E> Future for OktaFuture<F, E>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            let (response, visit) = match step.as_mut().project() {
                StepProjection::App { response, visit } => (response, visit),
                StepProjection::Saving { response } => return response.as_mut().poll(cx).map(Ok),
                StepProjection::Waiting { response } => return response.as_mut().poll(cx),
            };
            let response = ready!(response.poll(cx))?.map(Body::new);
            let Some(visit) = visit.take() else {
                return Poll::Ready(Ok(response));
            };
            match visit.leave(response) {
                Left::Nothing(response) => return Poll::Ready(Ok(response)),
                Left::Saving(response) => step.set(Step::Saving { response }),
            }
        }
    }
}

impl<F, E> fmt::Debug for OktaFuture<F, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaFuture").finish_non_exhaustive()
    }
}
