//! The keys of an issuer: fetched, and which of them count.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey, JsonWebKeySet, JsonWebKeySetUrl,
    core::{CoreJsonWebKey, CoreJsonWebKeyType, CoreJsonWebKeyUse},
};
use serde_json::Value;

use super::{DiscoveryError, Metadata, Provider};
use crate::telemetry::ProviderRequest;

/// RFC 7518 §3.3.
const MIN_RSA_BITS: usize = 2048;
/// Issuers have a handful. A token that doesn't name its key is tried with each, whoever sent it.
const MAX_KEYS: usize = 64;

impl Provider {
    /// Fetches the keys and adds those to the document that can verify signatures.
    pub(crate) async fn with_keys(&self, metadata: Metadata) -> Result<Metadata, DiscoveryError> {
        let url = metadata.jwks_uri().clone();
        let keys = self.fetch_keys(&url).await?;
        Ok(metadata.set_jwks(keys))
    }

    async fn fetch_keys(
        &self,
        url: &JsonWebKeySetUrl,
    ) -> Result<JsonWebKeySet<CoreJsonWebKey>, DiscoveryError> {
        let answer = self.http.get(ProviderRequest::Keys, url.url()).await?;
        let unusable = |reason: String| DiscoveryError::Keys {
            url: url.to_string(),
            reason,
        };
        if !answer.status().is_success() {
            return Err(unusable(format!("status {}", answer.status().as_u16())));
        }
        let keys: JsonWebKeySet<CoreJsonWebKey> =
            serde_json::from_slice(answer.body()).map_err(|error| unusable(error.to_string()))?;
        let usable = keys.keys().iter().filter(|key| verifies_signatures(key));
        let usable: Vec<CoreJsonWebKey> = usable.cloned().collect();
        if usable.is_empty() {
            let named = kinds_of_keys(answer.body());
            let reason =
                format!("none of them can verify signatures that this app accepts: {named}");
            return Err(unusable(reason));
        }
        if usable.len() > MAX_KEYS {
            return Err(unusable(format!("there are more than {MAX_KEYS}")));
        }
        Ok(JsonWebKeySet::new(usable))
    }
}

/// The kinds of keys, such as `EC P-521 ES512` or `RSA RS256 1024 bits`, including those that
/// openidconnect drops because it doesn't know them.
fn kinds_of_keys(key_set: &[u8]) -> String {
    let key_set: Value = serde_json::from_slice(key_set).unwrap_or_default();
    let kinds: BTreeSet<String> = key_set["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|key| {
            let named = ["kty", "crv", "alg", "use"].map(|name| key[name].as_str());
            let size = rsa_bits(key).map(|bits| format!("{bits} bits"));
            let parts: Vec<&str> = named.into_iter().flatten().chain(size.as_deref()).collect();
            parts.join(" ")
        })
        .collect();
    match kinds.len() {
        0 => "there are none".to_owned(),
        _ => kinds.into_iter().collect::<Vec<_>>().join(", "),
    }
}

/// The length of an RSA key's modulus.
fn rsa_bits(key: &Value) -> Option<usize> {
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(key["n"].as_str()?).ok()?;
    let mut digits = modulus.iter().skip_while(|&&byte| byte == 0);
    let first = digits.next()?.ilog2() as usize + 1;
    Some(first + 8 * digits.count())
}

/// An asymmetric key that isn't reserved for encryption. A symmetric key in a public document
/// protects nothing, a short RSA key proves nothing, and openidconnect has no P-521 (ES512) and no
/// Ed448.
pub(super) fn verifies_signatures(key: &CoreJsonWebKey) -> bool {
    let json = serde_json::to_value(key).unwrap_or_default();
    let curve = &json["crv"];
    let is_known = match key.key_type() {
        CoreJsonWebKeyType::RSA => rsa_bits(&json).is_some_and(|bits| bits >= MIN_RSA_BITS),
        CoreJsonWebKeyType::EllipticCurve => curve == "P-256" || curve == "P-384",
        CoreJsonWebKeyType::OctetKeyPair => curve == "Ed25519",
        _ => false,
    };
    is_known
        && key
            .key_use()
            .is_none_or(|usage| *usage == CoreJsonWebKeyUse::Signature)
}
