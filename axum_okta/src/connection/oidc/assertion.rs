//! `private_key_jwt`: this app proves with a signature that it is the client (OpenID Connect Core
//! §9, RFC 7523 §2.2). openidconnect sends client secrets alone, so the proof is added to what it
//! sends.

use std::{future::Future, pin::Pin};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, IssuerUrl};
use serde_json::json;
use url::{Url, form_urlencoded};

use crate::{
    connection::client_keys::ClientKey,
    outbound::{HttpClient, HttpError},
    random_token,
    store::now,
};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How many seconds an assertion is good. Okta accepts up to an hour, and no assertion twice.
const LIFETIME: i64 = 60;

/// The form fields that prove who the client is at an endpoint of the issuer.
pub(super) type Proof = [(&'static str, String); 2];

/// Okta wants the address that is called as the audience. Where that is another origin than the
/// issuer's, it is the issuer: no other server can pass on what names it.
pub(super) fn proof(key: &ClientKey, client_id: &str, issuer: &IssuerUrl, endpoint: &Url) -> Proof {
    let audience = match endpoint.origin() == issuer.url().origin() {
        true => endpoint.as_str(),
        false => issuer.as_str(),
    };
    let now = now();
    let claims = json!({
        "iss": client_id, "sub": client_id, "aud": audience, "jti": random_token(),
        "iat": now.0, "exp": now.plus_seconds(LIFETIME).0,
    });
    [
        ("client_assertion_type", ASSERTION_TYPE.to_owned()),
        ("client_assertion", key.sign(&claims)),
    ]
}

/// Sends what openidconnect made, with the proof, if there is one.
pub(super) struct Proving<'p> {
    pub(super) http: &'p HttpClient,
    pub(super) proof: Option<Proof>,
}

impl<'c> AsyncHttpClient<'c> for Proving<'_> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, mut request: HttpRequest) -> Self::Future {
        if let Some(proof) = &self.proof {
            let proof: String = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(proof)
                .finish();
            let body = request.body_mut();
            body.push(b'&');
            body.extend_from_slice(proof.as_bytes());
        }
        self.http.call(request)
    }
}
