//! Whether a client proves by `private_key_jwt` who it is (RFC 7523 §3), as strictly as Okta.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use serde_json::Value;

use super::{CLIENT_ID, behaviour::Behaviour};

/// Okta's limit.
const LONGEST: i64 = 3600;

/// For this address, with a saved key, and not seen before.
pub(super) fn is_proof(
    behaviour: &mut Behaviour,
    form: &HashMap<String, String>,
    called: &str,
) -> bool {
    let jwt_bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let kind = form.get("client_assertion_type").map(String::as_str);
    let Some(claims) = form
        .get("client_assertion")
        .and_then(|jwt| verified(&behaviour.client_keys, jwt))
    else {
        return false;
    };
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let expires = claims["exp"].as_i64().unwrap_or_default();
    let jti = claims["jti"].as_str().unwrap_or_default().to_owned();
    kind == Some(jwt_bearer)
        && claims["iss"] == CLIENT_ID
        && claims["sub"] == CLIENT_ID
        && claims["aud"] == called
        && (now..=now + LONGEST).contains(&expires)
        && !jti.is_empty()
        && behaviour.assertions.insert(jti)
}

fn verified(keys: &Value, jwt: &str) -> Option<Value> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&decoded(header)?).ok()?;
    let mut keys = keys["keys"].as_array()?.iter();
    let key = keys.find(|key| key["kid"] == header["kid"] && header["alg"] == "ES256")?;
    let [x, y] = ["x", "y"].map(|name| decoded(key[name].as_str()?));
    let point = [vec![4], x?, y?].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
    let signature = Signature::from_slice(&decoded(signature)?).ok()?;
    key.verify(signed.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&decoded(claims)?).ok()
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}
