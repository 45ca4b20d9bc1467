//! The provider's keys, and what is signed with them.

use std::sync::LazyLock;

use axum::{Json, extract::State};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{DecodePrivateKey, EncodePublicKey, LineEnding},
    pss,
    signature::{RandomizedSigner, SignatureEncoding, Signer},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

use super::{
    CLIENT_SECRET, Provider,
    behaviour::{Behaviour, merge},
};

/// Good for nothing but these tests. Each test is a process of its own, and making a key takes a second.
static KEYS: [LazyLock<RsaPrivateKey>; 3] = [
    LazyLock::new(|| key(include_str!("keys/first.pem"))),
    LazyLock::new(|| key(include_str!("keys/second.pem"))),
    LazyLock::new(|| key(include_str!("keys/short.pem"))),
];
/// The index of the key that is too short for RS256.
pub const SHORT_KEY: usize = 2;

fn key(pem: &str) -> RsaPrivateKey {
    RsaPrivateKey::from_pkcs8_pem(pem).expect("a key")
}

/// How an ID token, or userinfo, is signed.
#[derive(Clone, Copy, PartialEq)]
pub enum Signature {
    /// RS256, with the key of this index.
    Key(usize),
    /// Any other algorithm, by name, with a key of its kind.
    With(&'static str),
    /// RS256, and then one bit turned.
    Broken,
    /// `alg: none`, and no signature.
    None,
    /// HS256, with the public key as the shared secret.
    PublicKeyAsSecret,
    /// HS256, with the client secret.
    ClientSecret,
}

/// The key set at `jwks_uri`: those that are published, and those of other algorithms in use.
pub async fn keys(State(provider): State<Provider>) -> Json<Value> {
    provider.count("keys");
    let delay = provider.now().keys_delay;
    tokio::time::sleep(delay).await;
    let behaviour = provider.now();
    let published = behaviour
        .published
        .iter()
        .map(|&index| Signature::Key(index));
    let in_use = [Some(behaviour.signature), behaviour.userinfo_signature];
    let others = in_use
        .into_iter()
        .flatten()
        .filter(|signature| matches!(signature, Signature::With(_)));
    let keys: Vec<Value> = published
        .chain(others)
        .map(|signature| {
            let (alg, kid) = alg_and_kid(signature);
            let mut key = public_key(signature);
            merge(&mut key, &json!({ "use": "sig", "alg": alg }));
            if behaviour.kid {
                key["kid"] = kid;
            }
            merge(&mut key, &behaviour.key);
            key
        })
        .collect();
    Json(json!({ "keys": keys }))
}

fn public_key(signature: Signature) -> Value {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let index = match signature {
        Signature::Key(index) => index,
        Signature::With("ES256") => {
            let point = es256().verifying_key().to_sec1_point(false);
            let (x, y) = (point.x().expect("x"), point.y().expect("y"));
            return json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) });
        }
        Signature::With("ES384") => {
            let point = es384().verifying_key().to_sec1_point(false);
            let (x, y) = (point.x().expect("x"), point.y().expect("y"));
            return json!({ "kty": "EC", "crv": "P-384", "x": encode(x), "y": encode(y) });
        }
        Signature::With("EdDSA") => {
            let key = eddsa().verifying_key().to_bytes();
            return json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&key) });
        }
        _ => 0,
    };
    let key = &KEYS[index];
    json!({
        "kty": "RSA", "n": encode(&key.n().to_bytes_be()), "e": encode(&key.e().to_bytes_be()),
    })
}

/// The signature's algorithm, and the key's name.
fn alg_and_kid(signature: Signature) -> (&'static str, Value) {
    let alg = match signature {
        Signature::Key(_) | Signature::Broken => "RS256",
        Signature::With(alg) => alg,
        Signature::None => "none",
        Signature::PublicKeyAsSecret | Signature::ClientSecret => "HS256",
    };
    let kid = match signature {
        Signature::Key(index) => format!("key-{index}"),
        Signature::With(alg) => format!("key-{alg}"),
        _ => "key-0".to_owned(),
    };
    (alg, kid.into())
}

/// A JWT of these claims.
pub fn signed(behaviour: &Behaviour, signature: Signature, claims: &Value) -> String {
    signed_with_header(behaviour, signature, &behaviour.header, claims)
}

/// The same, with these changes to its header.
pub fn signed_with_header(
    behaviour: &Behaviour,
    signature: Signature,
    changes: &Value,
    claims: &Value,
) -> String {
    let (alg, kid) = alg_and_kid(signature);
    let mut header = json!({ "alg": alg });
    if behaviour.kid {
        header["kid"] = kid;
    }
    merge(&mut header, changes);
    let message = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(header.to_string()),
        BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = match signature {
        Signature::Key(index) => rs256(index, &message),
        Signature::With(alg) => signed_with(alg, message.as_bytes()),
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

/// Each algorithm's crate brings its own edition of the trait that signs.
fn signed_with(alg: &str, message: &[u8]) -> Vec<u8> {
    let rsa = || KEYS[0].clone();
    let rng = &mut rsa::rand_core::OsRng;
    match alg {
        "RS384" => SigningKey::<Sha384>::new(rsa()).sign(message).to_vec(),
        "RS512" => SigningKey::<Sha512>::new(rsa()).sign(message).to_vec(),
        "PS256" => pss::SigningKey::<Sha256>::new(rsa())
            .sign_with_rng(rng, message)
            .to_vec(),
        "PS384" => pss::SigningKey::<Sha384>::new(rsa())
            .sign_with_rng(rng, message)
            .to_vec(),
        "PS512" => pss::SigningKey::<Sha512>::new(rsa())
            .sign_with_rng(rng, message)
            .to_vec(),
        "ES256" => {
            use p256::ecdsa::signature::Signer;
            let signature: p256::ecdsa::Signature = es256().sign(message);
            signature.to_bytes().to_vec()
        }
        "ES384" => {
            use p384::ecdsa::signature::Signer;
            let signature: p384::ecdsa::Signature = es384().sign(message);
            signature.to_bytes().to_vec()
        }
        "EdDSA" => {
            use ed25519_dalek::Signer;
            eddsa().sign(message).to_vec()
        }
        other => panic!("{other} is signed by nobody here"),
    }
}

fn es256() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[1; 32]).expect("a key")
}

fn es384() -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&[1; 48]).expect("a key")
}

fn eddsa() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[1; 32])
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
