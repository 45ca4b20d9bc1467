//! What an error page shows for the person to report, and the log line names: the id under which
//! the proxy or the tracing system knows the request, or else one of our own.

use std::{convert::Infallible, fmt};

use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, HeaderName, request::Parts};

use super::client_address::TrustedProxies;
use crate::random_token;

/// Long enough to be found in a day's log, short enough to be read out over the phone.
const LENGTH: usize = 8;

/// W3C Trace Context.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A UUID has 36.
const LONGEST_REQUEST_ID: usize = 64;

/// An extractor. A request is named by others only if it came from a trusted proxy: the name of
/// anybody else's choice would hide among the lines of the log that it is to be found by.
pub(crate) struct Reference(String);

impl Reference {
    fn new() -> Self {
        let token = random_token();
        let characters = token.chars().filter(char::is_ascii_alphanumeric);
        Self(characters.take(LENGTH).collect())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S> FromRequestParts<S> for Reference
where
    S: Send + Sync,
    TrustedProxies: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let proxies = TrustedProxies::from_ref(state);
        let given = match proxies.are_asking(&parts.extensions) {
            true => trace_id(&parts.headers).or_else(|| request_id(&parts.headers)),
            false => None,
        };
        Ok(given.map_or_else(Self::new, |id| Self(id.to_owned())))
    }
}

/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`: version, trace id, parent id and
/// flags. Later versions may append fields (Trace Context §3.2, §4.3).
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let value = only(headers, &TRACEPARENT)?;
    let mut fields = value.split('-');
    let mut field = |length| fields.next().filter(|field| is_hex(field, length));
    let (version, trace, parent, _flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
    let is_first_version = version == "00";
    let is_valid = version != "ff"
        && has_value(trace)
        && has_value(parent)
        && (!is_first_version || fields.next().is_none());
    is_valid.then_some(trace)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn has_value(id: &str) -> bool {
    id.bytes().any(|byte| byte != b'0')
}

fn request_id(headers: &HeaderMap) -> Option<&str> {
    let id = only(headers, &REQUEST_ID)?;
    let is_valid = (1..=LONGEST_REQUEST_ID).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_valid.then_some(id)
}

/// Two may be one of the client's and one of the proxy's.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    match values.next() {
        Some(_) => None,
        None => value.to_str().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_trace_id_is_taken_from_a_valid_traceparent_only() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const ZEROS: &str = "00000000000000000000000000000000";
        const PARENT: &str = "00f067aa0ba902b7";
        for (value, is_valid) in [
            (format!("00-{TRACE}-{PARENT}-01"), true),
            (format!("cc-{TRACE}-{PARENT}-01"), true),
            (format!("cc-{TRACE}-{PARENT}-01-more"), true),
            (format!("00-{TRACE}-{PARENT}-01-more"), false),
            (format!("ff-{TRACE}-{PARENT}-01"), false),
            (format!("00-{ZEROS}-{PARENT}-01"), false),
            (format!("00-{TRACE}-0000000000000000-01"), false),
            (format!("00-{}-{PARENT}-01", TRACE.to_uppercase()), false),
            (format!("00-{TRACE}-{PARENT}"), false),
            (format!("00-{TRACE}0-{PARENT}-01"), false),
            (format!("00-{TRACE}-{PARENT}-0x"), false),
            (format!(" 00-{TRACE}-{PARENT}-01"), false),
            (String::new(), false),
            (TRACE.to_owned(), false),
        ] {
            let found = headers(&[("traceparent", &value)]);
            assert_eq!(trace_id(&found), is_valid.then_some(TRACE), "{value}");
        }
        let value = format!("00-{TRACE}-{PARENT}-01");
        let twice = headers(&[("traceparent", &value), ("traceparent", &value)]);
        assert_eq!(trace_id(&twice), None);
    }

    #[test]
    fn a_request_id_is_short_and_plain() {
        let uuid = "7f3c1a52-95a5-4c53-8c0f-0d1f6f0e9a11";
        let long = "a".repeat(LONGEST_REQUEST_ID + 1);
        for (id, is_valid) in [
            (uuid, true),
            ("0123abcDEF_-", true),
            ("", false),
            (&long, false),
            ("<b>", false),
            ("a b", false),
            ("a\tb", false),
            ("a;b", false),
        ] {
            let found = headers(&[("x-request-id", id)]);
            assert_eq!(request_id(&found), is_valid.then_some(id), "{id}");
        }
    }
}
