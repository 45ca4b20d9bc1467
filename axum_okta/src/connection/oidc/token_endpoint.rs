//! How requests that openidconnect made get to the token endpoint: with what it can't add, a
//! signature in place of the client secret, and a proof that this app has the key that tokens are
//! bound to.

use std::{future::Future, pin::Pin};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::{Url, form_urlencoded};

use super::{assertion::Assertion, prover::Prover};
use crate::{
    outbound::{HttpClient, HttpError, unless_it_failed},
    telemetry::ProviderRequest,
};

pub(super) struct TokenEndpoint<'p> {
    pub(super) url: Url,
    pub(super) http: &'p HttpClient,
    /// If the client proves with a signature who it is.
    pub(super) assertion: Option<Assertion>,
    /// If the tokens are to be bound.
    pub(super) prover: Option<Prover<'p>>,
}

impl TokenEndpoint<'_> {
    fn signed(&self, mut request: HttpRequest) -> HttpRequest {
        if let Some(assertion) = &self.assertion {
            let fields: String = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(assertion.fields())
                .finish();
            let body = request.body_mut();
            body.push(b'&');
            body.extend_from_slice(fields.as_bytes());
        }
        request
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (what, url) = (ProviderRequest::Token, &self.url);
        let request = || self.signed(request.clone());
        let answer = match &self.prover {
            Some(prover) => prover.send(what, url, None, request).await?,
            None => self.http.send_as(what, url, request()).await?,
        };
        // openidconnect tells a failing token endpoint from a refusing one by the body alone.
        unless_it_failed(url, answer)
    }
}

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
