//! Pushed authorization requests (RFC 9126): this app sends the request to the issuer itself, and
//! the browser carries only its name, so nobody can read or change it on the way.

use std::borrow::Cow;

use http::StatusCode;
use openidconnect::{StandardErrorResponse, core::CoreErrorResponseType};
use serde::Deserialize;
use url::Url;

use super::{
    Metadata, RelyingParty,
    post::{PostError, refusal},
};
use crate::telemetry::ProviderRequest;

/// Why a request could not be pushed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// Sending it through the browser instead would be less than the admin asked for.
    #[error(
        "the issuer no longer offers pushed authorization requests, which this connection uses"
    )]
    NotOffered,
    #[error(transparent)]
    Request(#[from] PostError),
    /// In the issuer's words (RFC 9126 §2.3).
    #[error("it responded: {0}")]
    Refused(StandardErrorResponse<CoreErrorResponseType>),
    #[error("its response with status {0} can't be used")]
    Answer(StatusCode),
}

/// RFC 9126 §2.2. How long it is good doesn't matter: the browser goes there at once.
#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

impl RelyingParty {
    /// Whether requests are pushed: the issuer or the admin demands it.
    pub(crate) fn pushes(&self, metadata: &Metadata) -> bool {
        let metadata = metadata.additional_metadata();
        metadata.require_pushed_authorization_requests || self.config.options.pushed_requests
    }

    /// The address for the browser: of the request itself, or of one that was pushed.
    pub(super) async fn pushed_if_wanted(
        &self,
        metadata: &Metadata,
        request: Url,
    ) -> Result<Url, PushError> {
        if !self.pushes(metadata) {
            return Ok(request);
        }
        let endpoint = &metadata
            .additional_metadata()
            .pushed_authorization_request_endpoint;
        let endpoint = endpoint.as_ref().ok_or(PushError::NotOffered)?;
        let pushed = self.push(metadata, endpoint, &request).await?;
        let mut address = metadata.authorization_endpoint().url().clone();
        address
            .query_pairs_mut()
            .append_pair("client_id", &self.config.client_id)
            .append_pair("request_uri", &pushed.request_uri);
        Ok(address)
    }

    /// RFC 9126 §2.1: the same parameters, authenticated as at the token endpoint.
    async fn push(
        &self,
        metadata: &Metadata,
        endpoint: &Url,
        request: &Url,
    ) -> Result<Pushed, PushError> {
        let own = metadata.authorization_endpoint().url().query_pairs();
        let own: Vec<(Cow<'_, str>, Cow<'_, str>)> = own.collect();
        // What the endpoint's address has of its own stays there.
        let parameters = request.query_pairs().filter(|pair| !own.contains(pair));
        let answer = self
            .post(ProviderRequest::Push, metadata, endpoint, parameters)
            .await?;
        let status = answer.status();
        if status.is_success() {
            let pushed = serde_json::from_slice(answer.body());
            return pushed.map_err(|_| PushError::Answer(status));
        }
        Err(refusal(&answer).map_or(PushError::Answer(status), PushError::Refused))
    }
}
