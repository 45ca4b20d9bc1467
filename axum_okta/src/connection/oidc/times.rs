//! When a JWT counts (RFC 7519 §4.1), as far as openidconnect leaves that to others.

use chrono::{TimeDelta, Utc};
use okta_types::Timestamp;
use serde_json::{Map, Value};

/// How far the clocks of the issuer and of this server may differ.
pub(super) const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

const SESSION_EXPIRY: &str = "session_expiry";

/// Why a JWT does not count now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TimeError {
    #[error("its `{0}` is not a time")]
    NotATime(&'static str),
    #[error("it is not valid yet; check this server's clock")]
    TooEarly,
    #[error("it was issued in the future; check this server's clock")]
    FromTheFuture,
    #[error("it has expired")]
    Expired,
    #[error("its session has ended; check this server's clock")]
    SessionExpired,
}

/// RFC 7519 §4.1.5: a JWT counts from its `nbf` on, if it has one.
pub(super) fn check_not_before(claims: &Map<String, Value>) -> Result<(), TimeError> {
    match seconds(claims, "nbf")? {
        Some(not_before) if not_before > (Utc::now() + CLOCK_SKEW).timestamp() => {
            Err(TimeError::TooEarly)
        }
        _ => Ok(()),
    }
}

/// RFC 7519 §4.1.4: a JWT counts until its `exp`, if it has one.
pub(super) fn check_expiry(claims: &Map<String, Value>) -> Result<(), TimeError> {
    match seconds(claims, "exp")? {
        Some(expires) if expires <= (Utc::now() - CLOCK_SKEW).timestamp() => {
            Err(TimeError::Expired)
        }
        _ => Ok(()),
    }
}

/// RFC 7519 §4.1.6: an `iat`, if there is one, is not in the future.
pub(super) fn check_issued_at(claims: &Map<String, Value>) -> Result<(), TimeError> {
    match seconds(claims, "iat")? {
        Some(issued_at) if issued_at > (Utc::now() + CLOCK_SKEW).timestamp() => {
            Err(TimeError::FromTheFuture)
        }
        _ => Ok(()),
    }
}

/// When the session at the issuer ends, and with it ours (IPSIE's `session_expiry`), if the ID token
/// says so.
pub(super) fn check_session_expiry(claims: &Map<String, Value>) -> Result<(), TimeError> {
    match seconds(claims, SESSION_EXPIRY)? {
        Some(expires) if expires <= Utc::now().timestamp() => Err(TimeError::SessionExpired),
        _ => Ok(()),
    }
}

/// The same, of a token that was checked.
pub(super) fn session_expiry(claims: &Map<String, Value>) -> Option<Timestamp> {
    seconds(claims, SESSION_EXPIRY).ok()?.map(Timestamp)
}

/// A NumericDate (RFC 7519 §2), which may have a fraction.
pub(super) fn seconds(
    claims: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<i64>, TimeError> {
    let Some(value) = claims.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|seconds| seconds as i64))
        .map(Some)
        .ok_or(TimeError::NotATime(name))
}
