//! Userinfo as a JWT (OpenID Connect Core §5.3.2), signed with any algorithm that ID tokens may be
//! signed with. openidconnect accepts only RS256 here.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    DiscoveryError, Metadata, Provider,
    jws::{Jws, JwsError, is_only_for},
    provider::Origin,
    times::{TimeError, check_expiry, check_not_before},
};

/// Why userinfo that came as a JWT is rejected.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignedUserInfoError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Jws(#[from] JwsError),
    #[error("it is not from this issuer")]
    Issuer,
    #[error("it is not for this client")]
    Audience,
    #[error(transparent)]
    Time(#[from] TimeError),
}

/// The claims of userinfo that the issuer signed for this client.
pub(super) async fn claims(
    jwt: &[u8],
    provider: &Provider,
    metadata: &Arc<Metadata>,
    client_id: &str,
) -> Result<Map<String, Value>, SignedUserInfoError> {
    let jwt = std::str::from_utf8(jwt).map_err(|_| JwsError::NotJws)?;
    let jws = Jws::read(jwt.trim())?;
    if jws.check_signature(metadata.jwks().keys()).is_err() {
        // The issuer may have rotated its keys since we looked.
        let newer = provider.newer_than(metadata, Origin::Issuer).await?;
        jws.check_signature(newer.jwks().keys())?;
    }
    let claims = jws.claims;
    check_issuer_and_audience(&claims, metadata, client_id)?;
    check_not_before(&claims)?;
    check_expiry(&claims)?;
    Ok(claims)
}

/// OpenID Connect Core §5.3.2: signed userinfo says who signed it, and for whom.
fn check_issuer_and_audience(
    claims: &Map<String, Value>,
    metadata: &Metadata,
    client_id: &str,
) -> Result<(), SignedUserInfoError> {
    let issuer = claims.get("iss").and_then(Value::as_str);
    if issuer != Some(metadata.issuer().as_str()) {
        return Err(SignedUserInfoError::Issuer);
    }
    is_only_for(client_id, claims)
        .then_some(())
        .ok_or(SignedUserInfoError::Audience)
}
