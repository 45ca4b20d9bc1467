//! Userinfo as a JWT (OpenID Connect Core §5.3.2), signed with any algorithm that an ID token may
//! be signed with. openidconnect accepts RS256 alone here, so it is given the verified claims as
//! plain JSON, and checks the rest.

use std::{future::Future, pin::Pin, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, header};
use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse, JsonWebKey, JsonWebKeyId,
    core::CoreJwsSigningAlgorithm,
};
use serde::Deserialize;
use serde_json::Value;

use super::{DiscoveryError, Metadata, Provider, relying_party::is_asymmetric};
use crate::outbound::HttpError;

const JWT: &str = "application/jwt";

/// Why userinfo could not be had, or not be believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserInfoAnswerError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error("it is no signed JWT that can be read")]
    NotJws,
    #[error("it is signed with {0:?}, which is not accepted")]
    Algorithm(CoreJwsSigningAlgorithm),
    #[error("its signature does not hold")]
    Signature,
    #[error("it is not from this issuer")]
    Issuer,
    #[error("it is not for this client")]
    Audience,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    crit: Option<Value>,
}

/// Asks userinfo, and answers in JSON whether that was signed or not.
pub(super) struct UserInfoClient<'a> {
    pub(super) provider: &'a Provider,
    pub(super) metadata: &'a Arc<Metadata>,
    pub(super) client_id: &'a str,
}

impl<'c> AsyncHttpClient<'c> for UserInfoClient<'_> {
    type Error = UserInfoAnswerError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

impl UserInfoClient<'_> {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, UserInfoAnswerError> {
        let answer = self.provider.http().call(request).await?;
        if !is_jwt(&answer) {
            return Ok(answer);
        }
        let (mut parts, body) = answer.into_parts();
        let jwt = std::str::from_utf8(&body).map_err(|_| UserInfoAnswerError::NotJws)?;
        let claims = match verified(jwt, self.metadata) {
            // The issuer may have rotated its keys since we looked.
            Err(UserInfoAnswerError::Signature) => {
                verified(jwt, &*self.provider.newer_than(self.metadata).await?)
            }
            verified => verified,
        }?;
        check_issuer_and_audience(&claims, self.metadata, self.client_id)?;
        let json = HeaderValue::from_static("application/json");
        parts.headers.insert(header::CONTENT_TYPE, json);
        Ok(HttpResponse::from_parts(parts, claims))
    }
}

fn is_jwt(answer: &HttpResponse) -> bool {
    let content_type = answer.headers().get(header::CONTENT_TYPE);
    content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(JWT))
}

/// The payload of a JWS (RFC 7515 §5.2), if one of the issuer's keys verifies its signature.
fn verified(jwt: &str, metadata: &Metadata) -> Result<Vec<u8>, UserInfoAnswerError> {
    let decoded = |part: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part);
        bytes.map_err(|_| UserInfoAnswerError::NotJws)
    };
    let (message, signature) = jwt
        .trim()
        .rsplit_once('.')
        .ok_or(UserInfoAnswerError::NotJws)?;
    let (header, payload) = message.split_once('.').ok_or(UserInfoAnswerError::NotJws)?;
    let (payload, signature) = (decoded(payload)?, decoded(signature)?);
    let header: Header =
        serde_json::from_slice(&decoded(header)?).map_err(|_| UserInfoAnswerError::NotJws)?;
    if header.crit.is_some() {
        return Err(UserInfoAnswerError::NotJws);
    }
    if !is_asymmetric(&header.alg) {
        return Err(UserInfoAnswerError::Algorithm(header.alg));
    }
    let verifies = metadata
        .jwks()
        .keys()
        .iter()
        .filter(|key| header.kid.is_none() || key.key_id() == header.kid.as_ref())
        .any(|key| {
            key.verify_signature(&header.alg, message.as_bytes(), &signature)
                .is_ok()
        });
    verifies
        .then_some(payload)
        .ok_or(UserInfoAnswerError::Signature)
}

/// OpenID Connect Core §5.3.2: signed userinfo says who signed it, and for whom.
fn check_issuer_and_audience(
    claims: &[u8],
    metadata: &Metadata,
    client_id: &str,
) -> Result<(), UserInfoAnswerError> {
    let claims: Value = serde_json::from_slice(claims).map_err(|_| UserInfoAnswerError::NotJws)?;
    if claims["iss"] != metadata.issuer().as_str() {
        return Err(UserInfoAnswerError::Issuer);
    }
    let for_us = match &claims["aud"] {
        Value::Array(audiences) => {
            audiences.iter().all(|audience| audience == client_id) && !audiences.is_empty()
        }
        audience => audience == client_id,
    };
    for_us.then_some(()).ok_or(UserInfoAnswerError::Audience)
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac};
    use openidconnect::{JsonWebKeySet, core::CoreJsonWebKey};
    use serde_json::json;
    use sha2::Sha256;

    use super::*;

    /// By an issuer that publishes a shared secret among its keys.
    fn verified_by_secret(header: &Value) -> Result<Vec<u8>, UserInfoAnswerError> {
        let issuer = "https://id.example.com";
        let metadata: Metadata = serde_json::from_value(json!({
            "issuer": issuer, "authorization_endpoint": issuer, "jwks_uri": issuer,
            "response_types_supported": [], "subject_types_supported": [],
            "id_token_signing_alg_values_supported": [],
        }))
        .unwrap();
        let secret = CoreJsonWebKey::new_symmetric(b"secret".to_vec());
        let metadata = metadata.set_jwks(JsonWebKeySet::new(vec![secret]));
        let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        let message = format!(
            "{}.{}",
            encode(header.to_string().as_bytes()),
            encode(b"{}")
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
        mac.update(message.as_bytes());
        let signature = encode(&mac.finalize().into_bytes());
        verified(&format!("{message}.{signature}"), &metadata)
    }

    #[test]
    fn a_shared_secret_among_the_keys_verifies_nothing() {
        let refused = verified_by_secret(&json!({ "alg": "HS256" }));
        assert!(matches!(refused, Err(UserInfoAnswerError::Algorithm(_))));
    }

    #[test]
    fn an_unknown_crit_and_an_unknown_algorithm_are_refused() {
        for header in [
            json!({ "alg": "HS256", "crit": ["exp-strict"] }),
            json!({ "alg": "Ed25519" }),
            json!({}),
        ] {
            let refused = verified_by_secret(&header);
            assert!(
                matches!(refused, Err(UserInfoAnswerError::NotJws)),
                "{header}"
            );
        }
    }
}
