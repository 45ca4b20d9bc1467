//! Userinfo as a JWT (OpenID Connect Core §5.3.2), signed with any algorithm that ID tokens may be
//! signed with. openidconnect accepts only RS256 here.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{JsonWebKey, JsonWebKeyId, core::CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    DiscoveryError, Metadata, Provider,
    algorithms::is_asymmetric,
    times::{TimeError, check_expiry, check_not_before},
};

/// Why userinfo that came as a JWT is rejected.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignedUserInfoError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error("it is not a valid signed JWT")]
    NotJws,
    #[error("it is signed with {0:?}, which this app doesn't accept")]
    Algorithm(CoreJwsSigningAlgorithm),
    #[error("its signature is invalid")]
    Signature,
    #[error("it is not from this issuer")]
    Issuer,
    #[error("it is not for this client")]
    Audience,
    #[error(transparent)]
    Time(#[from] TimeError),
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    crit: Option<Value>,
}

/// The claims of userinfo that the issuer signed for this client.
pub(super) async fn claims(
    jwt: &[u8],
    provider: &Provider,
    metadata: &Arc<Metadata>,
    client_id: &str,
) -> Result<Map<String, Value>, SignedUserInfoError> {
    let jwt = std::str::from_utf8(jwt).map_err(|_| SignedUserInfoError::NotJws)?;
    let payload = match verified(jwt, metadata) {
        // The issuer may have rotated its keys since we looked.
        Err(SignedUserInfoError::Signature) => {
            verified(jwt, &*provider.newer_than(metadata).await?)
        }
        verified => verified,
    }?;
    let claims = serde_json::from_slice(&payload).map_err(|_| SignedUserInfoError::NotJws)?;
    check_issuer_and_audience(&claims, metadata, client_id)?;
    check_not_before(&claims)?;
    check_expiry(&claims)?;
    Ok(claims)
}

/// The payload of a JWS (RFC 7515 §5.2), if one of the issuer's keys verifies its signature.
fn verified(jwt: &str, metadata: &Metadata) -> Result<Vec<u8>, SignedUserInfoError> {
    let decoded = |part: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part);
        bytes.map_err(|_| SignedUserInfoError::NotJws)
    };
    let (message, signature) = jwt
        .trim()
        .rsplit_once('.')
        .ok_or(SignedUserInfoError::NotJws)?;
    let (header, payload) = message.split_once('.').ok_or(SignedUserInfoError::NotJws)?;
    let (payload, signature) = (decoded(payload)?, decoded(signature)?);
    let header: Header =
        serde_json::from_slice(&decoded(header)?).map_err(|_| SignedUserInfoError::NotJws)?;
    if header.crit.is_some() {
        return Err(SignedUserInfoError::NotJws);
    }
    if !is_asymmetric(&header.alg) {
        return Err(SignedUserInfoError::Algorithm(header.alg));
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
        .ok_or(SignedUserInfoError::Signature)
}

/// OpenID Connect Core §5.3.2: signed userinfo says who signed it, and for whom.
fn check_issuer_and_audience(
    claims: &Map<String, Value>,
    metadata: &Metadata,
    client_id: &str,
) -> Result<(), SignedUserInfoError> {
    let issuer = claims.get("iss").and_then(Value::as_str);
    if issuer != Some(metadata.issuer().as_str()) {
        return Err(SignedUserInfoError::Issuer);
    }
    let for_us = match claims.get("aud") {
        Some(Value::Array(audiences)) => {
            !audiences.is_empty() && audiences.iter().all(|audience| audience == client_id)
        }
        Some(audience) => audience == client_id,
        None => false,
    };
    for_us.then_some(()).ok_or(SignedUserInfoError::Audience)
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac};
    use openidconnect::{JsonWebKeySet, core::CoreJsonWebKey};
    use serde_json::json;
    use sha2::Sha256;

    use super::*;

    /// By an issuer that publishes a shared secret among its keys.
    fn verified_by_secret(header: &Value) -> Result<Vec<u8>, SignedUserInfoError> {
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
        assert!(matches!(refused, Err(SignedUserInfoError::Algorithm(_))));
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
                matches!(refused, Err(SignedUserInfoError::NotJws)),
                "{header}"
            );
        }
    }
}
