//! A JWT of the issuer's that somebody brought here: anybody may have sent it, so it is worth what
//! its signature is worth.

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use serde_json::{Map, Value};

use super::{
    DiscoveryError, Metadata, Provider,
    jws::{Jws, JwsError, is_only_for},
    provider::Origin,
    times::{CLOCK_SKEW, TimeError, check_expiry, check_issued_at, check_not_before, seconds},
};

/// Okta's have about a kilobyte.
const MAX_LENGTH: usize = 16 * 1024;
/// It is remembered for as long, so that it counts once. Okta's count for minutes.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(1);

/// Why a JWT that was brought here doesn't count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnaskedError {
    #[error("it is longer than any token of Okta's")]
    TooLong,
    #[error(transparent)]
    Jws(#[from] JwsError),
    #[error("it would count for more than a day")]
    TooLongLived,
    #[error("its issuer is not the one that is connected to this app")]
    Issuer,
    #[error("it is not for this app")]
    Audience,
    #[error("it has no `{0}`")]
    Missing(&'static str),
    #[error(transparent)]
    Time(#[from] TimeError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
}

/// Parsed, and not yet verified.
pub(crate) struct UnaskedJwt<'j>(Jws<'j>);

/// Verified.
pub(crate) struct VerifiedJwt {
    pub(crate) typ: Option<String>,
    pub(crate) claims: Map<String, Value>,
    /// From when on it counts no more, in seconds since the epoch.
    pub(crate) counts_until: i64,
}

impl<'j> UnaskedJwt<'j> {
    pub(crate) fn read(jwt: &'j str) -> Result<Self, UnaskedError> {
        if jwt.len() > MAX_LENGTH {
            return Err(UnaskedError::TooLong);
        }
        Ok(Self(Jws::read(jwt)?))
    }

    /// The issuer that it names, to look for its keys.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.0.claims.get("iss")?.as_str()
    }

    /// Verifies the algorithm, as for ID tokens, the signature, the issuer, and the times.
    pub(crate) async fn verify(self, provider: &Provider) -> Result<VerifiedJwt, UnaskedError> {
        let metadata = provider.metadata_for_anybody().await?;
        if self.issuer() != Some(metadata.issuer().as_str()) {
            return Err(UnaskedError::Issuer);
        }
        let claims = &self.0.claims;
        let expires = seconds(claims, "exp")?.ok_or(UnaskedError::Missing("exp"))?;
        check_expiry(claims)?;
        if expires > (Utc::now() + LONGEST_LIFE).timestamp() {
            return Err(UnaskedError::TooLongLived);
        }
        check_not_before(claims)?;
        check_issued_at(claims)?;
        self.verify_signature(provider, metadata).await?;
        Ok(VerifiedJwt {
            counts_until: expires.saturating_add(CLOCK_SKEW.num_seconds()),
            typ: self.0.typ,
            claims: self.0.claims,
        })
    }

    async fn verify_signature(
        &self,
        provider: &Provider,
        metadata: Arc<Metadata>,
    ) -> Result<(), UnaskedError> {
        let verify = |metadata: &Metadata| {
            self.0.check_algorithm(metadata)?;
            self.0.check_signature(metadata.jwks().keys())
        };
        if verify(&metadata).is_ok() {
            return Ok(());
        }
        // The issuer may have rotated its keys since we looked, or sign with another algorithm.
        let newer = provider.newer_than(&metadata, Origin::Anybody).await?;
        if Arc::ptr_eq(&newer, &metadata) {
            return Err(JwsError::Signature.into());
        }
        Ok(verify(&newer)?)
    }
}

impl VerifiedJwt {
    pub(crate) fn check_audience(&self, audience: &str) -> Result<(), UnaskedError> {
        is_only_for(audience, &self.claims)
            .then_some(())
            .ok_or(UnaskedError::Audience)
    }

    /// A claim that is text, and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.claims.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }
}
