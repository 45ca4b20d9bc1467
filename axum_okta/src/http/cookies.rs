//! Our cookies: which ones are read, and how they are set.
//!
//! Names and values are compared byte by byte, as they were sent. A sibling domain can set cookies
//! for this host, and a parser that decodes `%` in names would take its `__%48ost-` for a `__Host-`
//! cookie, which browsers restrict to this host. Other cookies may contain anything and are
//! ignored.

use std::iter::from_fn;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{self, GetAll},
};
use memchr::memchr;
use tower_sessions::cookie::{Cookie, SameSite, time::Duration};

use super::page::{Link, Page};

/// Holds the session's id.
pub(crate) const SESSION: &str = "okta_session";

/// Four cookies of the largest size that browsers keep (RFC 6265 §6.1). hyper alone would read 400
/// KiB.
const MAX_BYTES: usize = 16 * 1024;

/// What the `Cookie` headers of a request say. They are looked up once, however many cookies are
/// read.
pub(crate) struct Cookies<'h>(GetAll<'h, HeaderValue>);

impl<'h> Cookies<'h> {
    pub(crate) fn of(headers: &'h HeaderMap) -> Self {
        Self(headers.get_all(header::COOKIE))
    }

    /// Returns whether they are more than this app reads.
    pub(crate) fn are_too_many(&self) -> bool {
        self.0.iter().map(HeaderValue::len).sum::<usize>() > MAX_BYTES
    }

    /// RFC 6585 §5. Responds with a page, because browsers are what keeps cookies. Removes those of
    /// our cookies that can pile up, so that they lock nobody out.
    pub(crate) fn too_many(&self, prefix: &str, secure: bool) -> Response {
        let mut response = Page {
            status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            title: "Too many cookies",
            explanation: "Your browser sent more cookies than this app accepts. Delete the cookies of this site, \
                          then try again.",
            links: &[Link::HOME],
            reference: None,
        }
        .into_response();
        for name in self.names(prefix) {
            if let Some(removal) = removal(name.to_owned(), secure) {
                response.headers_mut().append(header::SET_COOKIE, removal);
            }
        }
        response
    }

    /// The value of the cookie with this name. Several different values count as no cookie.
    pub(crate) fn value(&self, name: &str) -> Option<&'h str> {
        let mut values = self.all().filter_map(|cookie| value_of(cookie, name));
        let first = values.next()?;
        if values.any(|value| value != first) {
            tracing::debug!("a cookie of ours was sent with several values, so it is ignored");
            return None;
        }
        std::str::from_utf8(first).ok()
    }

    /// The names of all cookies with this prefix.
    pub(crate) fn names(&self, prefix: &str) -> Vec<&'h str> {
        let mut names: Vec<&str> = self
            .all()
            .filter_map(|cookie| Some(cookie[..memchr(b'=', cookie)?].trim_ascii()))
            .filter(|name| name.starts_with(prefix.as_bytes()))
            .filter_map(|name| std::str::from_utf8(name).ok())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn all(&self) -> impl Iterator<Item = &'h [u8]> {
        let headers = self.0.iter();
        headers.flat_map(|header| between(b';', header.as_bytes()))
    }
}

/// The value of a cookie, if it has this name. Most are others, and differ from the first byte on.
fn value_of<'c>(cookie: &'c [u8], name: &str) -> Option<&'c [u8]> {
    let rest = cookie.trim_ascii_start().strip_prefix(name.as_bytes())?;
    let value = rest.trim_ascii_start().strip_prefix(b"=")?;
    Some(value.trim_ascii())
}

fn between(separator: u8, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    from_fn(move || {
        let bytes = rest.take()?;
        let Some(end) = memchr(separator, bytes) else {
            return Some(bytes);
        };
        rest = Some(&bytes[end + 1..]);
        Some(&bytes[..end])
    })
}

/// A cookie for this host only, hidden from scripts. Not `Strict`, because the browser returns from
/// Okta with a cross-site navigation.
pub(crate) fn ours(
    name: String,
    value: String,
    max_age: Duration,
    secure: bool,
) -> Option<HeaderValue> {
    let cookie = Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(max_age);
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// Removes one of our cookies.
pub(crate) fn removal(name: String, secure: bool) -> Option<HeaderValue> {
    ours(name, String::new(), Duration::ZERO, secure)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn headers(cookies: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_bytes(cookie).unwrap());
        }
        headers
    }

    fn session(headers: &HeaderMap) -> Option<&str> {
        Cookies::of(headers).value("__Host-session")
    }

    #[test]
    fn a_cookie_is_found_among_whatever_else_there_is() {
        for cookies in [
            "__Host-session=a",
            "theme=dark;  __Host-session=a; __Host-browser=b;",
            "__Host-session=a; __Host-session=a",
            "__Host-session_2=b; __Host-session;__Host-session\t=\ta; a__Host-session=c",
            "__host-session=b; __Host-session = a",
            "x; =y; ; z=%41; %7a=1; z=2;__Host-session=a",
            "name=Müller; __Host-session=a",
        ] {
            let headers = headers(&[cookies.as_bytes()]);
            assert_eq!(session(&headers), Some("a"), "{cookies}");
        }
        let latin_1 = headers(&[b"name=M\xfcller", b"__Host-session=a"]);
        assert_eq!(session(&latin_1), Some("a"));
        assert_eq!(session(&HeaderMap::new()), None);
    }

    #[test]
    fn different_values_of_one_name_are_none() {
        for cookies in [
            &["a=1; __Host-session=a; __Host-session=c"][..],
            &["__Host-session=a", "a=1", "__Host-session = c"],
            &["__Host-session=a; __Host-session="],
        ] {
            let cookies: Vec<&[u8]> = cookies.iter().map(|cookie| cookie.as_bytes()).collect();
            assert_eq!(session(&headers(&cookies)), None);
        }
    }

    #[test]
    fn a_name_that_is_ours_only_once_decoded_is_not_ours() {
        for cookies in [
            "__%48ost-session=evil",
            "%5F_Host-session=evil",
            "\"__Host-session\"=evil",
        ] {
            assert_eq!(session(&headers(&[cookies.as_bytes()])), None);
        }
    }

    #[test]
    fn names_are_told_once_each() {
        let headers = headers(&[b"p_b=1; p_a=2; q=3; p_b=4", b"p_\xff=5"]);
        assert_eq!(Cookies::of(&headers).names("p_"), ["p_a", "p_b"]);
    }

    #[test]
    fn cookies_of_several_headers_are_too_many_together() {
        let half = "a=".to_owned() + &"x".repeat(MAX_BYTES / 2 - 2);
        let one_more = headers(&[half.as_bytes(), half.as_bytes(), b"b"]);
        assert!(Cookies::of(&one_more).are_too_many());
        let all = headers(&[half.as_bytes(), half.as_bytes()]);
        assert!(!Cookies::of(&all).are_too_many());
        assert!(!Cookies::of(&HeaderMap::new()).are_too_many());
    }

    /// What attackers would combine.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "__Host-session",
            "__Host-",
            "session",
            "=",
            ";",
            " ",
            "\t",
            "a",
            "%48",
            "\"",
            "ü",
        ])
    }

    proptest! {
        #[test]
        fn a_value_is_that_of_every_cookie_of_the_name(pieces in prop::collection::vec(piece(), 0..24)) {
            let sent = pieces.concat();
            let named = sent.split(';').filter_map(|cookie| cookie.split_once('='));
            let ours = named.filter(|(name, _)| name.trim_ascii() == "__Host-session");
            let values: BTreeSet<&str> = ours.map(|(_, value)| value.trim_ascii()).collect();
            let expected = values.first().copied().filter(|_| values.len() == 1);
            let headers = headers(&[sent.as_bytes()]);
            prop_assert_eq!(session(&headers), expected);
        }
    }
}
