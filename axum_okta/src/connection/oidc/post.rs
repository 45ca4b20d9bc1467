//! Requests that this app sends as the client, and openidconnect doesn't: to endpoints that it
//! doesn't know, or over plain http on loopback in development.

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderValue, Method, header};
use openidconnect::{
    HttpRequest, HttpResponse, StandardErrorResponse, core::CoreErrorResponseType,
};
use secrecy::ExposeSecret;
use url::{Url, form_urlencoded};

use super::{Authentication, Metadata, RelyingParty};
use crate::{outbound::HttpError, store::StoreError, telemetry::ProviderRequest};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostError {
    #[error("the issuer doesn't accept this app's way to authenticate")]
    Authentication,
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("this app's key can't be read")]
    Key(#[from] StoreError),
}

impl RelyingParty {
    /// Posts a form that names the client, authenticated as at the token endpoint.
    pub(super) async fn post<N: AsRef<str>, V: AsRef<str>>(
        &self,
        what: ProviderRequest,
        metadata: &Metadata,
        endpoint: &Url,
        parameters: impl IntoIterator<Item = (N, V)>,
    ) -> Result<HttpResponse, PostError> {
        let mut headers = HeaderMap::new();
        let mut proof = Vec::new();
        let authentication = self.authentication(metadata);
        match authentication.ok_or(PostError::Authentication)? {
            Authentication::Basic => {
                headers.insert(header::AUTHORIZATION, self.basic()?);
            }
            Authentication::Post => {
                let secret = self.config.client_secret.expose_secret();
                proof.push(("client_secret", secret.to_owned()));
            }
            Authentication::Key => {
                proof.extend(self.assertion(metadata, endpoint).await?.fields());
            }
            Authentication::Public => {}
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .extend_pairs(proof)
            .finish();
        let mut request = HttpRequest::new(form.into_bytes());
        *request.method_mut() = Method::POST;
        let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, content_type);
        *request.headers_mut() = headers;
        let http = self.provider.http();
        Ok(http.send_as(what, endpoint, request).await?)
    }

    /// RFC 6749 §2.3.1.
    fn basic(&self) -> Result<HeaderValue, PostError> {
        let encoded =
            |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        let (id, secret) = (&self.config.client_id, &self.config.client_secret);
        let both = format!("{}:{}", encoded(id), encoded(secret.expose_secret()));
        let basic = format!("Basic {}", BASE64_STANDARD.encode(both));
        let mut basic = HeaderValue::from_str(&basic).map_err(|_| PostError::Authentication)?;
        basic.set_sensitive(true);
        Ok(basic)
    }
}

/// Why the issuer refuses (RFC 6749 §5.2), if its answer says so.
pub(super) fn refusal(
    answer: &HttpResponse,
) -> Option<StandardErrorResponse<CoreErrorResponseType>> {
    let is_refusal = answer.status().is_client_error();
    is_refusal.then(|| serde_json::from_slice(answer.body()).ok())?
}
