//! What goes wrong at random, for long runs: the request counts or not, and whoever asked can't
//! tell.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    response::{IntoResponse, Response},
};
use http::StatusCode;

use super::Provider;

/// The longest time that an answer may take: beyond what an app waits for.
const SLOWEST: Duration = Duration::from_secs(12);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Nothing is granted.
    Fails,
    /// The grant counts, and its answer is lost.
    LosesAnswer,
    /// It stops in the middle.
    CutOff,
    /// It comes late, perhaps too late.
    Slow,
}

impl Mishap {
    /// For one request in so many, by the provider's behaviour.
    pub(super) fn at_random(provider: &Provider) -> Option<Self> {
        let failing = provider.now().failing;
        if !rand::random_bool(failing) {
            return None;
        }
        let all = [Self::Fails, Self::LosesAnswer, Self::CutOff, Self::Slow];
        let mishap = all[rand::random_range(0..all.len())];
        provider.count(mishap.name());
        Some(mishap)
    }

    /// What it is counted as.
    fn name(self) -> &'static str {
        match self {
            Self::Fails => "failed",
            Self::LosesAnswer => "lost",
            Self::CutOff => "cut off",
            Self::Slow => "slow",
        }
    }

    /// What becomes of the answer.
    pub(super) async fn befalls(self, answer: Response) -> Response {
        match self {
            Self::Fails | Self::LosesAnswer => bad_gateway(),
            Self::CutOff => cut_off(answer).await,
            Self::Slow => {
                tokio::time::sleep(SLOWEST.mul_f64(rand::random())).await;
                answer
            }
        }
    }
}

pub(super) fn bad_gateway() -> Response {
    (StatusCode::BAD_GATEWAY, "<h1>502</h1>").into_response()
}

pub(super) async fn cut_off(answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let half = Ok(body.slice(..body.len() / 2));
    let halves = [half, Err(std::io::Error::other("cut off"))];
    let mut cut = Response::new(Body::from_stream(futures::stream::iter(halves)));
    *cut.status_mut() = parts.status;
    cut
}
