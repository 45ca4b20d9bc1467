//! Tokens and claims as they were received. A claim of an unexpected type is ignored rather than
//! failing the sign-in, unless the token's validity depends on it.
//!
//! openidconnect parses all claims or none, and verifies a signature over the bytes that it parsed.
//! So it gets the token without the claims it can't parse, and keys that verify over the bytes that
//! were signed ([`KeyOver`]). It verifies everything else as usual.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId, JsonWebKeySet, SignatureVerificationError,
    core::{CoreJsonWebKey, CoreJsonWebKeyType, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use url::Url;

use super::VerifiedClaims;

/// The claims that a token's validity depends on. They are never ignored, so they are always
/// verified.
const REQUIRED: [&str; 7] = ["iss", "sub", "aud", "azp", "exp", "iat", "nonce"];

/// A signed token, not yet verified.
pub(super) struct Received<T> {
    pub(super) token: T,
    /// The names of claims that can't be parsed.
    pub(super) left_out: Vec<String>,
    /// Header and payload, as they were signed.
    signed: Arc<str>,
}

impl<T: DeserializeOwned> Received<T> {
    pub(super) fn read(jwt: &str) -> Result<Self, serde_json::Error> {
        // If it isn't a token at all, openidconnect has the better error.
        let (readable, left_out) = readable_jwt(jwt).unwrap_or_else(|| (jwt.to_owned(), vec![]));
        let signed = jwt.rsplit_once('.').map_or(jwt, |(signed, _)| signed);
        Ok(Self {
            token: serde_json::from_value(Value::String(readable))?,
            left_out,
            signed: signed.into(),
        })
    }

    /// The issuer's keys, for this token alone.
    pub(super) fn keys(&self, keys: &JsonWebKeySet<CoreJsonWebKey>) -> JsonWebKeySet<KeyOver> {
        let over_signed = |key: &CoreJsonWebKey| KeyOver {
            key: key.clone(),
            signed: self.signed.clone(),
        };
        JsonWebKeySet::new(keys.keys().iter().map(over_signed).collect())
    }
}

/// Removes claims that can't be parsed, and returns their names.
pub(super) fn leave_out_unreadable(claims: &mut Map<String, Value>) -> Vec<String> {
    let unreadable: Vec<String> = claims
        .iter()
        .filter(|(name, value)| !REQUIRED.contains(&name.as_str()) && !is_readable(name, value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in &unreadable {
        claims.remove(name);
    }
    unreadable
}

/// Whether openidconnect can parse this claim; it treats `null` as absent. A picture is shown to
/// other people, so it must be an https address.
fn is_readable(name: &str, value: &Value) -> bool {
    let alone = json!({
        "iss": "https://issuer.invalid", "sub": "", "aud": "", "exp": 0, "iat": 0, name: value,
    });
    let is_picture = name.split('#').next() == Some("picture");
    serde_json::from_value::<VerifiedClaims>(alone).is_ok()
        && (!is_picture || value.is_null() || is_https(value))
}

fn is_https(value: &Value) -> bool {
    let address = value.as_str().and_then(|value| Url::parse(value).ok());
    address.is_some_and(|address| address.scheme() == "https")
}

fn readable_jwt(jwt: &str) -> Option<(String, Vec<String>)> {
    let (header, rest) = jwt.split_once('.')?;
    let (payload, signature) = rest.split_once('.')?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let mut claims = serde_json::from_slice(&payload).ok()?;
    let left_out = leave_out_unreadable(&mut claims);
    let payload = BASE64_URL_SAFE_NO_PAD.encode(Value::Object(claims).to_string());
    Some((format!("{header}.{payload}.{signature}"), left_out))
}

/// A key of the issuer that verifies over the bytes that were signed, whatever was parsed of them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct KeyOver {
    key: CoreJsonWebKey,
    #[serde(skip)]
    signed: Arc<str>,
}

impl JsonWebKey for KeyOver {
    type KeyUse = CoreJsonWebKeyUse;
    type SigningAlgorithm = CoreJwsSigningAlgorithm;

    fn key_id(&self) -> Option<&JsonWebKeyId> {
        self.key.key_id()
    }

    fn key_type(&self) -> &CoreJsonWebKeyType {
        self.key.key_type()
    }

    fn key_use(&self) -> Option<&CoreJsonWebKeyUse> {
        self.key.key_use()
    }

    fn signing_alg(&self) -> JsonWebKeyAlgorithm<&CoreJwsSigningAlgorithm> {
        self.key.signing_alg()
    }

    /// Verifies nothing: shared secrets are rejected.
    fn new_symmetric(key: Vec<u8>) -> Self {
        Self {
            key: CoreJsonWebKey::new_symmetric(key),
            signed: Arc::default(),
        }
    }

    fn verify_signature(
        &self,
        algorithm: &CoreJwsSigningAlgorithm,
        _readable: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        let signed = self.signed.as_bytes();
        self.key.verify_signature(algorithm, signed, signature)
    }

    fn hash_bytes(
        &self,
        bytes: &[u8],
        algorithm: &CoreJwsSigningAlgorithm,
    ) -> Result<Vec<u8>, String> {
        self.key.hash_bytes(bytes, algorithm)
    }
}
