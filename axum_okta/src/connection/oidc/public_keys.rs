//! The public keys of a client of this app's, as an admin pastes them (RFC 7517).

use openidconnect::core::CoreJsonWebKey;
use serde_json::{Value, json};

use super::keys::verifies_signatures;

/// Of what is pasted.
const MAX_LENGTH: usize = 16 * 1024;
const MAX_KEYS: usize = 10;

/// What only private and shared keys have (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why keys can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PublicKeysError {
    /// It is no key set, or a key can't verify signatures that count.
    Malformed,
    /// A key is private, or shared.
    Private,
}

/// Keys that can verify signatures.
#[derive(Debug)]
pub(crate) struct PublicKeys(Vec<CoreJsonWebKey>);

impl PublicKeys {
    /// Of a key set, or of one key.
    pub(crate) fn parse(pasted: &str) -> Result<Self, PublicKeysError> {
        if pasted.contains("PRIVATE KEY") {
            return Err(PublicKeysError::Private);
        }
        if pasted.len() > MAX_LENGTH {
            return Err(PublicKeysError::Malformed);
        }
        let pasted: Value =
            serde_json::from_str(pasted.trim()).map_err(|_| PublicKeysError::Malformed)?;
        let keys = match &pasted["keys"] {
            Value::Array(keys) => keys.as_slice(),
            _ => std::slice::from_ref(&pasted),
        };
        let is_private = |key: &Value| PRIVATE.iter().any(|member| key.get(member).is_some());
        if keys.iter().any(is_private) {
            return Err(PublicKeysError::Private);
        }
        Self::of(keys).ok_or(PublicKeysError::Malformed)
    }

    /// Of a key set that was stored.
    pub(crate) fn stored(key_set: &Value) -> Option<Self> {
        Self::of(key_set["keys"].as_array()?)
    }

    fn of(keys: &[Value]) -> Option<Self> {
        let keys = keys.iter().map(|key| {
            let key = serde_json::from_value::<CoreJsonWebKey>(key.clone()).ok()?;
            verifies_signatures(&key).then_some(key)
        });
        let keys: Vec<_> = keys.collect::<Option<_>>()?;
        (1..=MAX_KEYS).contains(&keys.len()).then_some(Self(keys))
    }

    /// To be stored: what is known of each key, and nothing else that was pasted.
    pub(crate) fn to_key_set(&self) -> Value {
        json!({ "keys": self.0 })
    }

    pub(super) fn keys(&self) -> &[CoreJsonWebKey] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7517 A.1.
    fn public() -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        })
    }

    fn with(name: &str, value: &str) -> Value {
        let mut key = public();
        key[name] = value.into();
        key
    }

    fn error(pasted: &str) -> Option<PublicKeysError> {
        PublicKeys::parse(pasted).err()
    }

    #[test]
    fn a_key_set_and_a_single_key_are_public_keys() {
        for pasted in [json!({ "keys": [public(), with("kid", "2")] }), public()] {
            let keys = PublicKeys::parse(&format!(" {pasted}\n")).unwrap();
            let stored = keys.to_key_set();
            assert_eq!(stored["keys"][0]["kid"], "1");
            let again = PublicKeys::stored(&stored).unwrap();
            assert_eq!(again.to_key_set(), stored);
        }
    }

    #[test]
    fn a_private_or_shared_key_is_refused_as_such() {
        let pem = "-----BEGIN PRIVATE KEY-----";
        let shared = json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] }).to_string();
        for pasted in [
            with("d", "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE").to_string(),
            json!({ "keys": [public(), with("d", "x")] }).to_string(),
            shared,
            pem.to_owned(),
        ] {
            assert_eq!(error(&pasted), Some(PublicKeysError::Private), "{pasted}");
        }
    }

    #[test]
    fn what_cannot_verify_a_signature_is_refused() {
        let many = vec![public(); MAX_KEYS + 1];
        let short = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
        for pasted in [
            String::new(),
            "https://okta.example/keys".to_owned(),
            "[]".to_owned(),
            json!({ "keys": [] }).to_string(),
            json!({ "keys": many }).to_string(),
            with("use", "enc").to_string(),
            with("crv", "P-521").to_string(),
            short.to_string(),
            json!({ "keys": [public(), short] }).to_string(),
            format!("{}{}", public(), " ".repeat(MAX_LENGTH)),
        ] {
            assert_eq!(error(&pasted), Some(PublicKeysError::Malformed), "{pasted}");
        }
    }
}
