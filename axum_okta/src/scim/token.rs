//! Bearer tokens: made on the settings page or given to a client, stored as a hash.

use std::net::IpAddr;

use http::{HeaderMap, header};
use okta_types::{Actor, AuditEvent, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{ScimError, shortened};
use crate::{
    audit,
    http::{bearer::bearer, client_address::counted_as},
    random_token,
    services::Services,
    store::{ScimToken, Store, now},
    telemetry::{self, Limit},
    token_secret::{Kind, Secret},
};

static KIND: Kind = Kind {
    prefix: "okta_scim_",
    purpose: "okta_scim_token/",
};

/// No token of ours is as long.
const MAX_TOKEN: usize = 200;

/// What a token or a client is called.
pub(crate) fn new_id() -> String {
    format!("{:x}-{}", now().0, &random_token()[..8])
}

/// A token for a connection, and what is stored of it. `given` says to which client, and until when
/// it counts.
pub(crate) fn new_token(
    store: &Store,
    connection: &str,
    given: Option<(String, Timestamp)>,
) -> (SecretString, ScimToken) {
    let secret = Secret::new(&KIND, store);
    let stored = ScimToken {
        id: new_id(),
        connection: connection.to_owned(),
        hash: secret.hash(),
        given,
    };
    (secret.text().into(), stored)
}

/// The token, with or without the word `Bearer`: Okta's header authentication sends what was pasted.
fn sent(headers: &HeaderMap) -> Option<SecretString> {
    let value = headers.get(header::AUTHORIZATION)?;
    let token = match bearer(value) {
        Some(token) => str::from_utf8(token).ok()?,
        None => value.to_str().ok()?.trim(),
    };
    if token.contains(' ') {
        return None;
    }
    let is_plausible = !token.is_empty() && token.len() <= MAX_TOKEN;
    is_plausible.then(|| token.to_owned().into())
}

/// Finds the token of a request; one that this app can't have made is not looked for. Whatever is
/// wrong with it, the answer is the same, and a client that is refused too often is told to come
/// back later.
pub(super) async fn verified(
    services: &Services,
    connection: &str,
    headers: &HeaderMap,
    client: Option<IpAddr>,
) -> Result<ScimToken, ScimError> {
    let sent = sent(headers);
    let secret = sent.and_then(|sent| Secret::parse(&KIND, &services.store, sent.expose_secret()));
    if let Some(secret) = secret {
        let hash = secret.hash();
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
    // Anybody can have written the name.
    let detail = format!("Connection {}: no valid token", shortened(connection, 64));
    let (event, actor) = (AuditEvent::ProvisioningRefused, Actor::Stranger);
    let entry = audit::entry(event, actor, client, detail);
    services.audit.record(entry).await;
    Err(ScimError::Unauthorized)
}

pub(super) fn too_many() -> ScimError {
    count_limited();
    ScimError::TooManyRequests
}

pub(super) fn count_limited() {
    telemetry::rate_limited(Limit::Provisioning);
}
