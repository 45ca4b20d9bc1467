//! Bearer tokens.

use http::HeaderValue;

/// The scheme of RFC 6750 §2.1, in any case (RFC 9110 §11.1).
const BEARER: &[u8] = b"bearer ";

/// The token in a value of `Authorization`, unless that has another scheme.
pub(crate) fn bearer(authorization: &HeaderValue) -> Option<&[u8]> {
    let value = authorization.as_bytes();
    let (scheme, token) = value.split_at_checked(BEARER.len())?;
    scheme
        .eq_ignore_ascii_case(BEARER)
        .then(|| token.trim_ascii())
}
