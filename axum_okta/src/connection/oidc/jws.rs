//! A JWT as its issuer signed it (RFC 7515 §5.2), where openidconnect has no verifier of its own.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey, JsonWebKeyId,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Metadata, algorithms::is_asymmetric};

/// Why a JWT is not one that the issuer signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JwsError {
    #[error("it is not a valid signed JWT")]
    NotJws,
    #[error("it is signed with {0:?}, which this app doesn't accept")]
    Algorithm(CoreJwsSigningAlgorithm),
    #[error("its signature is invalid")]
    Signature,
}

/// Parsed, and not yet verified.
pub(super) struct Jws<'j> {
    /// The media type of the whole (RFC 7515 §4.1.9).
    pub(super) typ: Option<String>,
    pub(super) claims: Map<String, Value>,
    algorithm: CoreJwsSigningAlgorithm,
    key_id: Option<JsonWebKeyId>,
    signed: &'j str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<JsonWebKeyId>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl<'j> Jws<'j> {
    /// One with critical extensions is refused: this app knows none (RFC 7515 §4.1.11).
    pub(super) fn read(jwt: &'j str) -> Result<Self, JwsError> {
        let (signed, signature) = jwt.rsplit_once('.').ok_or(JwsError::NotJws)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::NotJws)?;
        let header: Header = json(header)?;
        if header.crit.is_some() {
            return Err(JwsError::NotJws);
        }
        if !is_asymmetric(&header.alg) {
            return Err(JwsError::Algorithm(header.alg));
        }
        Ok(Self {
            typ: header.typ,
            claims: json(payload)?,
            algorithm: header.alg,
            key_id: header.kid,
            signed,
            signature: decoded(signature)?,
        })
    }

    /// Whether the issuer says that it signs its ID tokens in this way.
    pub(super) fn check_algorithm(&self, metadata: &Metadata) -> Result<(), JwsError> {
        let offered = metadata.id_token_signing_alg_values_supported();
        if offered.contains(&self.algorithm) {
            return Ok(());
        }
        Err(JwsError::Algorithm(self.algorithm.clone()))
    }

    /// Whether one of the signer's keys verifies the signature.
    pub(super) fn check_signature(&self, keys: &[CoreJsonWebKey]) -> Result<(), JwsError> {
        let verifies = keys
            .iter()
            .filter(|key| self.key_id.is_none() || key.key_id() == self.key_id.as_ref())
            .any(|key| {
                let signed = self.signed.as_bytes();
                key.verify_signature(&self.algorithm, signed, &self.signature)
                    .is_ok()
            });
        verifies.then_some(()).ok_or(JwsError::Signature)
    }
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, JwsError> {
    serde_json::from_slice(&decoded(part)?).map_err(|_| JwsError::NotJws)
}

fn decoded(part: &str) -> Result<Vec<u8>, JwsError> {
    BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwsError::NotJws)
}

/// Whether `aud` names this audience and no other.
pub(super) fn is_only_for(audience: &str, claims: &Map<String, Value>) -> bool {
    match claims.get("aud") {
        Some(Value::Array(all)) => !all.is_empty() && all.iter().all(|one| one == audience),
        Some(one) => one == audience,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, Mac};
    use openidconnect::JsonWebKeySet;
    use serde_json::json;
    use sha2::Sha256;

    use super::*;

    /// By an issuer that publishes a shared secret among its keys.
    fn verified_by_secret(header: &Value) -> Result<(), JwsError> {
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
        let jwt = format!("{message}.{signature}");
        Jws::read(&jwt)?.check_signature(metadata.jwks().keys())
    }

    #[test]
    fn a_shared_secret_among_the_keys_verifies_nothing() {
        let refused = verified_by_secret(&json!({ "alg": "HS256" }));
        assert!(matches!(refused, Err(JwsError::Algorithm(_))));
    }

    #[test]
    fn an_unknown_crit_and_an_unknown_algorithm_are_refused() {
        for header in [
            json!({ "alg": "HS256", "crit": ["exp-strict"] }),
            json!({ "alg": "Ed25519" }),
            json!({}),
        ] {
            let refused = verified_by_secret(&header);
            assert!(matches!(refused, Err(JwsError::NotJws)), "{header}");
        }
    }
}
