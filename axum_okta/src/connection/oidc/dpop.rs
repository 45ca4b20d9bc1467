//! Demonstrating Proof of Possession (RFC 9449): tokens are bound to a key of this app, and a request
//! with one carries a proof, made for that request alone, that this app has the key.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::InvalidHeaderValue};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::{MoreMetadata, RelyingParty};
use crate::{
    connection::es256::{Es256Key, encoded},
    random_token,
    store::now,
};

const PROOF: HeaderName = HeaderName::from_static("dpop");

/// What this app's proofs are signed with.
pub(crate) const PROOF_ALGORITHM: &str = "ES256";

/// The key that a connection's tokens are bound to.
pub(crate) struct TokenKey(Es256Key);

/// The request that a proof is for.
pub(crate) struct Proven<'r> {
    pub(crate) method: &'r Method,
    pub(crate) url: &'r Url,
    /// The token that goes with it, if one does.
    pub(crate) access_token: Option<&'r str>,
    /// What the server gave, to know that the proof is new.
    pub(crate) nonce: Option<&'r str>,
}

impl MoreMetadata {
    /// Whether the issuer binds tokens to this app's key (RFC 9449 §5.1).
    pub(crate) fn offers_dpop(&self) -> bool {
        let algorithms = &self.dpop_signing_alg_values_supported;
        algorithms.iter().any(|name| name == PROOF_ALGORITHM)
    }
}

impl RelyingParty {
    pub(crate) fn token_key(&self) -> TokenKey {
        TokenKey(self.keys.of_tokens(&self.config.id))
    }
}

impl TokenKey {
    /// What a token names it by (RFC 9449 §6.1).
    pub(super) fn thumbprint(&self) -> String {
        self.0.public().thumbprint()
    }

    /// Adds the proof to the headers of that request (RFC 9449 §4).
    pub(crate) fn prove(&self, request: &Proven<'_>, headers: &mut HeaderMap) {
        // It is always one that fits into a header; without it, the request is refused.
        if let Ok(proof) = HeaderValue::try_from(self.proof(request)) {
            headers.insert(PROOF, proof);
        }
    }

    fn proof(&self, request: &Proven<'_>) -> String {
        let Proven {
            method,
            url,
            access_token,
            nonce,
        } = request;
        let header = json!({ "typ": "dpop+jwt", "jwk": self.0.public().jwk() });
        let mut claims = json!({
            "jti": random_token(), "htm": method.as_str(), "htu": without_query(url).as_str(),
            "iat": now().0,
        });
        if let Some(token) = access_token {
            claims["ath"] = encoded(Sha256::digest(token)).into();
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = (*nonce).into();
        }
        self.0.sign(header, &claims)
    }
}

/// How a request carries an access token: as RFC 6750 §2.1 says, or RFC 9449 §7.1 if it is `bound`.
pub(crate) fn authorization(
    access_token: &str,
    bound: bool,
) -> Result<HeaderValue, InvalidHeaderValue> {
    let scheme = if bound { "DPoP" } else { "Bearer" };
    let mut authorization = HeaderValue::try_from(format!("{scheme} {access_token}"))?;
    authorization.set_sensitive(true);
    Ok(authorization)
}

fn without_query(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::connection::es256::tests::{decoded, key};

    fn claims(request: &Proven<'_>) -> [Value; 2] {
        let mut headers = HeaderMap::new();
        TokenKey(key()).prove(request, &mut headers);
        let proof = headers[PROOF].to_str().unwrap();
        let mut parts = proof.split('.');
        [(); 2].map(|()| serde_json::from_slice(&decoded(parts.next().unwrap())).unwrap())
    }

    /// RFC 9449 §7.1, with the token of its example.
    #[test]
    fn a_proof_is_for_one_request_and_one_token() {
        let url = Url::parse("https://Resource.example.org:443/protectedresource?a=b#c").unwrap();
        let request = Proven {
            method: &Method::GET,
            url: &url,
            access_token: Some("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
            nonce: Some("eyJ7S_zG.eyJH0-Z.HX4w-7v"),
        };
        let [header, proof] = claims(&request);
        assert_eq!(header["typ"], "dpop+jwt");
        assert_eq!(header["alg"], PROOF_ALGORITHM);
        assert_eq!(header["jwk"], key().public().jwk());
        assert_eq!(proof["htm"], "GET");
        assert_eq!(
            proof["htu"],
            "https://resource.example.org/protectedresource"
        );
        assert_eq!(proof["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
        assert_eq!(proof["nonce"], "eyJ7S_zG.eyJH0-Z.HX4w-7v");
        assert!((now().0 - proof["iat"].as_i64().unwrap()).abs() < 60);
        assert_ne!(claims(&request)[1]["jti"], proof["jti"]);
    }

    #[test]
    fn a_proof_has_no_private_half_and_nothing_that_was_not_given() {
        let url = Url::parse("https://server.example.com/token").unwrap();
        let [header, proof] = claims(&Proven {
            method: &Method::POST,
            url: &url,
            access_token: None,
            nonce: None,
        });
        let names =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        assert_eq!(names(&header["jwk"]), ["crv", "kty", "x", "y"]);
        assert_eq!(names(&proof), ["htm", "htu", "iat", "jti"]);
    }
}
