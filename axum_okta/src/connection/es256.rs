//! This app's key pairs for ES256 (RFC 7518 §3.4).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::store::Store;

pub(crate) struct Es256Key(SigningKey);

impl Es256Key {
    /// The key of this name. It is derived from the encryption key, so it isn't stored, and every
    /// server has it.
    pub(super) fn derived(store: &Store, name: &str) -> Self {
        let mut attempt = 0_u64;
        loop {
            let secret = store.tag(format!("{name}/{attempt}").as_bytes());
            // One secret in four billion is no key of this curve.
            match SigningKey::from_slice(&secret) {
                Ok(key) => return Self(key),
                Err(_) => attempt += 1,
            }
        }
    }

    pub(crate) fn public(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(false);
        // After the byte that says that both follow (SEC 1 §2.3.3).
        let (x, y) = point.as_bytes()[1..].split_at(32);
        PublicKey {
            x: encoded(x),
            y: encoded(y),
        }
    }

    /// A JWT with these claims (RFC 7515 §3.1), and with this in its header beside the algorithm.
    pub(crate) fn sign(&self, mut header: Value, claims: &Value) -> String {
        header["alg"] = "ES256".into();
        let signed = format!(
            "{}.{}",
            encoded(header.to_string()),
            encoded(claims.to_string())
        );
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", encoded(signature.to_bytes()))
    }
}

/// Where a public key is on the curve, in base64url.
pub(crate) struct PublicKey {
    x: String,
    y: String,
}

impl PublicKey {
    /// RFC 7517.
    pub(crate) fn jwk(&self) -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": self.x, "y": self.y })
    }

    /// RFC 7638.
    pub(crate) fn thumbprint(&self) -> String {
        let Self { x, y } = self;
        // The members in the order that §3.2 demands.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        encoded(Sha256::digest(members))
    }
}

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use p256::ecdsa::{VerifyingKey, signature::Verifier};

    use super::*;

    pub(crate) fn key() -> Es256Key {
        Es256Key(SigningKey::from_slice(&[7; 32]).unwrap())
    }

    /// A part of a JWT, as its bytes.
    pub(crate) fn decoded(part: &str) -> Vec<u8> {
        BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()
    }

    /// RFC 9449 §6.1, of the key of its examples.
    #[test]
    fn a_thumbprint_is_that_of_the_rfc() {
        let public = PublicKey {
            x: "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs".to_owned(),
            y: "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA".to_owned(),
        };
        let expected = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        assert_eq!(public.thumbprint(), expected);
    }

    #[test]
    fn a_key_signs_what_its_public_half_verifies() {
        let key = key();
        let jwt = key.sign(json!({ "kid": "k" }), &json!({ "iss": "0oa1" }));
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let public = key.public().jwk();
        let [x, y] = ["x", "y"].map(|name| decoded(public[name].as_str().unwrap()));
        let point = [vec![4], x, y].concat();
        let verifying = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = Signature::from_slice(&decoded(signature)).unwrap();
        assert!(verifying.verify(signed.as_bytes(), &signature).is_ok());
    }
}
