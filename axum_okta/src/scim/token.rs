//! Bearer tokens: made on the settings page, stored as a hash.

use std::net::IpAddr;

use http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::{Actor, AuditEvent};

use super::ScimError;
use crate::{
    audit,
    http::client_address::counted_as,
    random_token,
    services::Services,
    store::{ScimToken, now},
    telemetry::{self, Limit},
};

/// No token of ours is as long.
const MAX_TOKEN: usize = 200;

/// A token for a connection, and what is stored of it. With 256 random bits, a plain hash can't be
/// reversed by search.
pub(crate) fn new_token(connection: &str) -> (SecretString, ScimToken) {
    let token = random_token();
    let stored = ScimToken {
        id: format!("{:x}-{}", now().0, &random_token()[..8]),
        connection: connection.to_owned(),
        hash: hash(&token),
    };
    (token.into(), stored)
}

fn hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// The token, with or without the word `Bearer`: Okta's header authentication sends what was pasted.
fn sent(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return None,
        None => value,
    };
    let is_plausible = !token.is_empty() && token.len() <= MAX_TOKEN;
    is_plausible.then(|| token.to_owned().into())
}

/// Finds the token of a request. Whatever is wrong with it, the answer is the same, and a client
/// that is refused too often is told to come back later.
pub(super) async fn verified(
    services: &Services,
    connection: &str,
    headers: &HeaderMap,
    client: Option<IpAddr>,
) -> Result<ScimToken, ScimError> {
    if let Some(token) = sent(headers) {
        let hash = hash(token.expose_secret());
        let found = services.store.scim_token(&hash).await?;
        let found = found.filter(|found| {
            let is_same: bool = found.hash.as_bytes().ct_eq(hash.as_bytes()).into();
            is_same && found.connection == connection
        });
        if let Some(found) = found {
            return match services.scim.requests.allows(&found.connection) {
                true => Ok(found),
                false => Err(too_many()),
            };
        }
    }
    if !services.scim.refused.allows(&counted_as(client)) {
        return Err(too_many());
    }
    let detail = format!("Connection {}: no valid token", shown(connection));
    let (event, actor) = (AuditEvent::ProvisioningRefused, Actor::Stranger);
    let entry = audit::entry(event, actor, client, detail);
    services.audit.record(entry).await;
    Err(ScimError::Unauthorized)
}

fn too_many() -> ScimError {
    telemetry::rate_limited(Limit::Provisioning);
    ScimError::TooManyRequests
}

/// Anybody can have written it.
fn shown(connection: &str) -> String {
    connection.chars().take(64).collect()
}
