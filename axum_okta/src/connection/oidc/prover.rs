//! Sending requests with proofs (RFC 9449) to an issuer, which may want its own nonce in them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{HeaderName, HeaderValue, StatusCode, header::WWW_AUTHENTICATE};
use openidconnect::{HttpRequest, HttpResponse};
use url::Url;

use super::{
    RelyingParty,
    dpop::{Proven, TokenKey},
    post::refusal,
};
use crate::{
    outbound::{HttpClient, HttpError},
    telemetry::ProviderRequest,
};

const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The error that asks for a nonce.
pub(super) const USE_NONCE: &str = "use_dpop_nonce";

/// The newest nonce of each endpoint (RFC 9449 §8.2), which is of no use at another one (§9).
#[derive(Default)]
pub(super) struct Nonces(Mutex<HashMap<Url, String>>);

impl Nonces {
    fn of(&self, endpoint: &Url) -> Option<String> {
        self.lock().get(endpoint).cloned()
    }

    /// Any answer may bring the one for the next request. Says whether this one does.
    fn learn(&self, endpoint: &Url, answer: &HttpResponse) -> bool {
        let nonce = answer.headers().get(NONCE);
        let Some(nonce) = nonce.and_then(|nonce| nonce.to_str().ok()) else {
            return false;
        };
        self.lock().insert(endpoint.clone(), nonce.to_owned());
        true
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Url, String>> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends requests with proofs to endpoints of the issuer.
pub(super) struct Prover<'p> {
    key: TokenKey,
    http: &'p HttpClient,
    nonces: &'p Nonces,
}

impl RelyingParty {
    pub(super) fn prover(&self) -> Prover<'_> {
        Prover {
            key: self.token_key(),
            http: self.provider.http(),
            nonces: &self.provider.nonces,
        }
    }
}

impl Prover<'_> {
    /// Sends it, and once again if the issuer wants its nonce in the proof (RFC 9449 §8, §9): a new
    /// `request`, because nothing else in it that counts once may be sent twice either.
    pub(super) async fn send(
        &self,
        what: ProviderRequest,
        endpoint: &Url,
        access_token: Option<&str>,
        request: impl Fn() -> HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let answer = self.send_once(what, endpoint, access_token, request());
        let answer = answer.await?;
        let has_nonce = self.nonces.learn(endpoint, &answer);
        if !(has_nonce && asks_for_nonce(&answer)) {
            return Ok(answer);
        }
        let answer = self.send_once(what, endpoint, access_token, request());
        let answer = answer.await?;
        self.nonces.learn(endpoint, &answer);
        Ok(answer)
    }

    async fn send_once(
        &self,
        what: ProviderRequest,
        endpoint: &Url,
        access_token: Option<&str>,
        mut request: HttpRequest,
    ) -> Result<HttpResponse, HttpError> {
        let method = request.method().clone();
        let nonce = self.nonces.of(endpoint);
        let proven = Proven {
            method: &method,
            url: endpoint,
            access_token,
            nonce: nonce.as_deref(),
        };
        self.key.prove(&proven, request.headers_mut());
        self.http.send_as(what, endpoint, request).await
    }
}

fn asks_for_nonce(answer: &HttpResponse) -> bool {
    let mut challenges = answer.headers().get_all(WWW_AUTHENTICATE).iter();
    let is_challenge =
        |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).contains(USE_NONCE);
    let refusal = refusal(answer);
    refusal.is_some_and(|refusal| refusal.error().as_ref() == USE_NONCE)
        || answer.status() == StatusCode::UNAUTHORIZED && challenges.any(is_challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_asked_for_by_the_token_endpoint_and_by_a_resource() {
        let answer = |status: u16, challenge: &str, body: &str| {
            let answer = http::Response::builder().status(status);
            let answer = answer.header(WWW_AUTHENTICATE, challenge);
            answer.body(body.as_bytes().to_vec()).unwrap()
        };
        let error = r#"{"error":"use_dpop_nonce"}"#;
        let challenge = r#"DPoP error="use_dpop_nonce", error_description="…""#;
        assert!(asks_for_nonce(&answer(400, "DPoP", error)));
        assert!(asks_for_nonce(&answer(401, challenge, "")));
        for other in [
            answer(400, "DPoP", r#"{"error":"invalid_grant"}"#),
            answer(200, challenge, error),
            answer(401, "DPoP algs=\"ES256\"", "use_dpop_nonce"),
        ] {
            assert!(!asks_for_nonce(&other), "{other:?}");
        }
    }
}
