//! The provider's keys, and what is signed with them.

use std::sync::LazyLock;

use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{EncodePublicKey, LineEnding},
    signature::{SignatureEncoding, Signer},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    CLIENT_SECRET, Provider,
    behaviour::{Behaviour, merge},
};

/// Made once for the whole test process: making one takes a while.
static KEYS: [LazyLock<RsaPrivateKey>; 2] = [LazyLock::new(new_key), LazyLock::new(new_key)];

fn new_key() -> RsaPrivateKey {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key")
}

/// How an ID token, or userinfo, is signed.
#[derive(Clone, Copy, PartialEq)]
pub enum Signature {
    /// RS256, with the key of this index.
    Key(usize),
    /// RS256, and then one bit turned.
    Broken,
    /// `alg: none`, and no signature.
    None,
    /// HS256, with the public key as the shared secret.
    PublicKeyAsSecret,
    /// HS256, with the client secret.
    ClientSecret,
}

/// The key set at `jwks_uri`.
pub async fn keys(State(provider): State<Provider>) -> Json<Value> {
    provider.count("keys");
    let delay = provider.now().keys_delay;
    tokio::time::sleep(delay).await;
    let behaviour = provider.now();
    let keys: Vec<Value> = behaviour
        .published
        .iter()
        .map(|&index| {
            let key = &KEYS[index];
            let mut published = json!({
                "kty": "RSA", "use": "sig", "alg": "RS256",
                "n": BASE64_URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()),
                "e": BASE64_URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
            });
            if behaviour.kid {
                published["kid"] = kid(index);
            }
            published
        })
        .collect();
    Json(json!({ "keys": keys }))
}

fn kid(index: usize) -> Value {
    json!(format!("key-{index}"))
}

/// A JWT of these claims.
pub fn signed(behaviour: &Behaviour, signature: Signature, claims: &Value) -> String {
    let (alg, index) = match signature {
        Signature::Key(index) => ("RS256", index),
        Signature::Broken => ("RS256", 0),
        Signature::None => ("none", 0),
        Signature::PublicKeyAsSecret | Signature::ClientSecret => ("HS256", 0),
    };
    let mut header = json!({ "alg": alg });
    if behaviour.kid {
        header["kid"] = kid(index);
    }
    merge(&mut header, &behaviour.header);
    let message = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(header.to_string()),
        BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = match signature {
        Signature::Key(index) => rs256(index, &message),
        Signature::Broken => {
            let mut signature = rs256(0, &message);
            signature[0] ^= 1;
            signature
        }
        Signature::None => Vec::new(),
        Signature::PublicKeyAsSecret => {
            let pem = KEYS[0]
                .to_public_key()
                .to_public_key_pem(LineEnding::LF)
                .expect("a PEM");
            hs256(pem.as_bytes(), &message)
        }
        Signature::ClientSecret => hs256(CLIENT_SECRET.as_bytes(), &message),
    };
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn rs256(index: usize, message: &str) -> Vec<u8> {
    let key = SigningKey::<Sha256>::new(KEYS[index].clone());
    key.sign(message.as_bytes()).to_vec()
}

fn hs256(secret: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
