//! `private_key_jwt`: this app proves with a signature that it is the client (OpenID Connect Core
//! §9, RFC 7523 §2.2).

use openidconnect::IssuerUrl;
use serde_json::json;
use url::Url;

use crate::{connection::client_keys::ClientKey, random_token, store::now};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How many seconds an assertion is good. Okta accepts up to an hour, and no assertion twice.
const LIFETIME: i64 = 60;

/// What proves who the client is at an endpoint of the issuer.
pub(super) struct Assertion {
    key: ClientKey,
    client_id: String,
    audience: String,
}

impl Assertion {
    /// Okta wants the address that is called as the audience. Where that is another origin than the
    /// issuer's, it is the issuer: no other server can pass on what names it.
    pub(super) fn new(key: ClientKey, client_id: &str, issuer: &IssuerUrl, endpoint: &Url) -> Self {
        let audience = match endpoint.origin() == issuer.url().origin() {
            true => endpoint.as_str(),
            false => issuer.as_str(),
        };
        Self {
            key,
            client_id: client_id.to_owned(),
            audience: audience.to_owned(),
        }
    }

    /// The form fields for one request.
    pub(super) fn fields(&self) -> [(&'static str, String); 2] {
        let Self {
            key,
            client_id,
            audience,
        } = self;
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
}
