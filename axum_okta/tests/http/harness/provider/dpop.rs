//! Proof of possession (RFC 9449), as strict as Okta: refresh tokens are bound, too.

use std::collections::{HashMap, HashSet};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How old a proof may be, in seconds.
const OLDEST: i64 = 60;

/// What is wanted of proofs, and what was proven.
#[derive(Default)]
pub struct Dpop {
    /// Whether no token is given without a proof.
    pub demanded: bool,
    pub nonce: Nonce,
    /// How many nonces there were.
    given: usize,
    /// The `jti` of every proof.
    proofs: HashSet<String>,
    /// The thumbprint of the key that a token is bound to.
    bound: HashMap<String, String>,
}

/// What has to be in a proof. Each endpoint has nonces of its own.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Nonce {
    #[default]
    None,
    This(&'static str),
    /// Another one after each answer, which brings it.
    EachTime,
    /// Another one than it has just asked for.
    Never,
}

/// The request that a proof came with.
pub(super) struct Proven<'r> {
    pub headers: &'r HeaderMap,
    pub method: Method,
    pub issuer: &'r str,
    pub endpoint: &'static str,
    pub access_token: Option<&'r str>,
}

/// What is wrong with it.
pub(super) struct Refused {
    error: &'static str,
    nonce: Option<String>,
}

impl Dpop {
    /// The thumbprint of the key that the request proves; `None` where it brings no proof.
    pub(super) fn key(&mut self, request: &Proven<'_>) -> Result<Option<String>, Refused> {
        let invalid = || Refused {
            error: "invalid_dpop_proof",
            nonce: None,
        };
        let proofs: Vec<&HeaderValue> = request.headers.get_all("dpop").iter().collect();
        let proof = match proofs.as_slice() {
            [] => return Ok(None),
            [proof] => proof.to_str().ok().and_then(verified),
            _ => None,
        };
        let (jwk, claims) = proof.ok_or_else(invalid)?;
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let issued_at = claims["iat"].as_i64().unwrap_or_default();
        let hash = |token: &str| BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token));
        let jti = claims["jti"].as_str().unwrap_or_default();
        let is_good = claims["htm"] == request.method.as_str()
            && claims["htu"] == format!("{}/{}", request.issuer, request.endpoint)
            && (now - OLDEST..=now + OLDEST).contains(&issued_at)
            && claims.get("ath").cloned() == request.access_token.map(|it| hash(it).into())
            && jti.len() >= 16
            && self.proofs.insert(jti.to_owned());
        if !is_good {
            return Err(invalid());
        }
        let wanted = self.wanted(request.endpoint);
        if wanted.is_some() && claims["nonce"].as_str() != wanted.as_deref() {
            if self.nonce == Nonce::Never {
                self.given += 1;
            }
            return Err(Refused {
                error: "use_dpop_nonce",
                nonce: wanted,
            });
        }
        Ok(Some(thumbprint(&jwk)))
    }

    fn wanted(&self, endpoint: &str) -> Option<String> {
        match self.nonce {
            Nonce::None => None,
            Nonce::This(nonce) => Some(format!("{nonce}-{endpoint}")),
            Nonce::EachTime | Nonce::Never => Some(format!("{}-{endpoint}", self.given)),
        }
    }

    /// Tells the next nonce with an answer.
    pub(super) fn renew(&mut self, endpoint: &str, mut answer: Response) -> Response {
        if self.nonce == Nonce::EachTime {
            self.given += 1;
            let next = self.wanted(endpoint).expect("a nonce");
            let next = next.parse().expect("a header");
            answer.headers_mut().insert("dpop-nonce", next);
        }
        answer
    }

    /// Binds a token to the key, if there is one.
    pub(super) fn bind(&mut self, token: &str, key: Option<&str>) {
        self.bound.remove(token);
        if let Some(key) = key {
            self.bound.insert(token.to_owned(), key.to_owned());
        }
    }

    /// Whether whoever has this key, or none, may use the token.
    pub(super) fn is_for(&self, token: &str, key: Option<&str>) -> bool {
        self.bound.get(token).is_none_or(|bound| key == Some(bound))
    }

    pub(super) fn is_bound(&self, token: &str) -> bool {
        self.bound.contains_key(token)
    }
}

impl Refused {
    /// A token that is demanded to be bound, asked for without a proof.
    pub(super) fn without_proof() -> Self {
        Self {
            error: "invalid_dpop_proof",
            nonce: None,
        }
    }

    /// RFC 9449 §5, §8.
    pub(super) fn at_token_endpoint(self) -> Response {
        let description = "The DPoP proof JWT header is missing or not as it has to be.";
        let body = json!({ "error": self.error, "error_description": description });
        self.with_nonce((StatusCode::BAD_REQUEST, Json(body)).into_response())
    }

    /// RFC 9449 §7.1, §9.
    pub(super) fn at_resource(self) -> Response {
        let challenge = format!(r#"DPoP error="{}", algs="ES256""#, self.error);
        let headers = [(header::WWW_AUTHENTICATE, challenge)];
        self.with_nonce((StatusCode::UNAUTHORIZED, headers).into_response())
    }

    fn with_nonce(&self, mut answer: Response) -> Response {
        if let Some(nonce) = &self.nonce {
            let nonce = nonce.parse().expect("a header");
            answer.headers_mut().insert("dpop-nonce", nonce);
        }
        answer
    }
}

/// The key of a proof, and its claims.
fn verified(jwt: &str) -> Option<(Value, Value)> {
    let (signed, signature) = jwt.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Value = serde_json::from_slice(&decoded(header)?).ok()?;
    let jwk = header.get("jwk")?.clone();
    if header["typ"] != "dpop+jwt" || header["alg"] != "ES256" || jwk.get("d").is_some() {
        return None;
    }
    let [x, y] = ["x", "y"].map(|name| decoded(jwk[name].as_str()?));
    let point = [vec![4], x?, y?].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
    let signature = Signature::from_slice(&decoded(signature)?).ok()?;
    key.verify(signed.as_bytes(), &signature).ok()?;
    Some((jwk, serde_json::from_slice(&decoded(claims)?).ok()?))
}

/// RFC 7638.
pub fn thumbprint(jwk: &Value) -> String {
    let members = format!(
        r#"{{"crv":{},"kty":{},"x":{},"y":{}}}"#,
        jwk["crv"], jwk["kty"], jwk["x"], jwk["y"]
    );
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}
