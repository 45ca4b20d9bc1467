//! What a client signs to prove who it is (`private_key_jwt`, RFC 7523 §3), where this app is the
//! authorization server.

use chrono::{TimeDelta, Utc};

use super::{
    PublicKeys,
    jws::{Jws, JwsError, is_only_for},
    times::{CLOCK_SKEW, TimeError, check_expiry, check_issued_at, check_not_before, seconds},
};

/// Those that are sent have about a kilobyte.
const MAX_LENGTH: usize = 16 * 1024;
/// How far ahead an assertion may expire.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// Why an assertion doesn't prove anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssertionError {
    #[error("it is too long")]
    TooLong,
    #[error(transparent)]
    Jws(#[from] JwsError),
    #[error("its type is {0}")]
    Type(String),
    #[error("its `iss` and `sub` are not both the client ID")]
    Client,
    #[error("its `aud` is neither the token endpoint nor the base URL, or names others, too")]
    Audience,
    #[error("it has no `{0}`")]
    Missing(&'static str),
    #[error("its `exp` is more than five minutes ahead")]
    TooLongLived,
    #[error(transparent)]
    Time(#[from] TimeError),
}

/// Parsed, and not yet verified.
pub(crate) struct ClientAssertion<'j>(Jws<'j>);

/// Verified. It counts once.
pub(crate) struct VerifiedAssertion {
    pub(crate) jti: String,
    /// From when on it counts no more, in seconds since the epoch.
    pub(crate) counts_until: i64,
}

impl<'j> ClientAssertion<'j> {
    pub(crate) fn read(jwt: &'j str) -> Result<Self, AssertionError> {
        match jwt.len() > MAX_LENGTH {
            true => Err(AssertionError::TooLong),
            false => Ok(Self(Jws::read(jwt)?)),
        }
    }

    /// The client that it names, to look for its keys.
    pub(crate) fn client(&self) -> Result<&str, AssertionError> {
        let [issuer, subject] = ["iss", "sub"].map(|name| self.text(name));
        let client = issuer.filter(|_| issuer == subject);
        client.ok_or(AssertionError::Client)
    }

    fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.claims.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// Verifies the signature first: nobody else learns what is wrong with the rest.
    pub(crate) fn verify(
        self,
        keys: &PublicKeys,
        audiences: &[&str],
    ) -> Result<VerifiedAssertion, AssertionError> {
        self.0.check_signature(keys.keys())?;
        self.check_type()?;
        let claims = &self.0.claims;
        if !audiences.iter().any(|one| is_only_for(one, claims)) {
            return Err(AssertionError::Audience);
        }
        let expires = seconds(claims, "exp")?.ok_or(AssertionError::Missing("exp"))?;
        check_expiry(claims)?;
        check_not_before(claims)?;
        check_issued_at(claims)?;
        if expires > (Utc::now() + LONGEST + CLOCK_SKEW).timestamp() {
            return Err(AssertionError::TooLongLived);
        }
        let jti = self.text("jti").ok_or(AssertionError::Missing("jti"))?;
        Ok(VerifiedAssertion {
            jti: jti.to_owned(),
            counts_until: expires.saturating_add(CLOCK_SKEW.num_seconds()),
        })
    }

    /// Not a token that was signed for something else.
    fn check_type(&self) -> Result<(), AssertionError> {
        let Some(typ) = &self.0.typ else {
            return Ok(());
        };
        let lower = typ.to_ascii_lowercase();
        match lower.strip_prefix("application/").unwrap_or(&lower) {
            "jwt" | "client-authentication+jwt" => Ok(()),
            _ => Err(AssertionError::Type(typ.clone())),
        }
    }
}
