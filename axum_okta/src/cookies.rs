//! Which cookies are believed, decided before anybody parses them.
//!
//! What parses them takes the last of several cookies of one name, and decodes `%` in names. A sibling domain can set
//! cookies for this host, so by either it could choose who is signed in: the browser keeps `__Host-` to this host, but
//! not `__%48ost-`.

use std::{
    future::{Ready, ready},
    task::{Context, Poll},
};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::Cookie;
use futures::future::Either;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use tower::Service;

use crate::page::Page;

/// Four cookies of the largest size that browsers keep (RFC 6265 §6.1); ours have some 70 bytes. hyper alone would
/// read 400 KiB.
const MAX_BYTES: usize = 16 * 1024;

/// Refuses piles of cookies, and takes those of ours away that are not certain.
#[derive(Clone)]
pub struct CheckCookies<S> {
    inner: S,
    ours: [String; 2],
}

impl<S> CheckCookies<S> {
    pub(crate) fn new(inner: S, ours: [String; 2]) -> Self {
        Self { inner, ours }
    }
}

impl<S> Service<Request<Body>> for CheckCookies<S>
where
    S: Service<Request<Body>, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let cookies = request.headers().get_all(header::COOKIE);
        if cookies.iter().map(HeaderValue::len).sum::<usize>() > MAX_BYTES {
            return Either::Right(ready(Ok(too_large())));
        }
        keep_certain(request.headers_mut(), &self.ours);
        Either::Left(self.inner.call(request))
    }
}

/// RFC 6585 §5. A page, because it is browsers that keep cookies.
fn too_large() -> Response {
    Page {
        status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        title: "Too many cookies",
        explanation: "Your browser sent more cookies than this app reads. Delete the cookies of this site, then try again.",
        links: &[("/", "Home")],
        reference: None,
    }
    .into_response()
}

/// Several different values of one name of ours count as none, and so does a name that is ours only once decoded.
fn keep_certain(headers: &mut HeaderMap, ours: &[String]) {
    let cookies: Vec<&str> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .collect();
    let is_certain = |name: &&String| {
        let mut values = cookies
            .iter()
            .filter_map(|cookie| cookie.split_once('='))
            .filter(|(found, _)| found.trim() == name.as_str())
            .map(|(_, value)| value.trim());
        let first = values.next();
        values.all(|value| Some(value) == first)
    };
    let certain: Vec<&String> = ours.iter().filter(is_certain).collect();
    let is_kept = |cookie: &&str| {
        let found = cookie.split_once('=').map_or("", |(name, _)| name.trim());
        if found.contains('%') {
            return !Cookie::parse_encoded(*cookie)
                .is_ok_and(|read| ours.iter().any(|name| name == read.name()));
        }
        ours.iter().all(|name| name != found) || certain.iter().any(|name| *name == found)
    };
    let kept: Vec<&str> = cookies.iter().copied().filter(is_kept).collect();
    if kept.len() == cookies.len() {
        return;
    }
    tracing::warn!("cookies that go by a name of ours, but differ or disguise it, were left out");
    let kept = HeaderValue::from_bytes(kept.join("; ").as_bytes());
    headers.remove(header::COOKIE);
    if let Ok(kept) = kept {
        headers.insert(header::COOKIE, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cookies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        keep_certain(
            &mut headers,
            &["__Host-session", "__Host-browser"].map(str::to_owned),
        );
        let kept: Vec<_> = headers
            .get_all(header::COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        kept.join("; ")
    }

    #[test]
    fn what_is_certain_stays_as_it_was_sent() {
        for cookies in [
            "__Host-session=a",
            "theme=dark;  __Host-session=a; __Host-browser=b;",
            "__Host-session=a; __Host-session=a",
            "__host-session=a; __Host-session=b",
            "x; =y; ; z=%41; %7a=1; z=2",
        ] {
            assert_eq!(kept(&[cookies]), cookies);
        }
        assert_eq!(kept(&[]), "");
    }

    #[test]
    fn different_values_of_one_name_of_ours_are_none() {
        assert_eq!(
            kept(&["a=1; __Host-session=a; __Host-browser=b; __Host-session=c"]),
            "a=1; __Host-browser=b"
        );
        assert_eq!(
            kept(&["__Host-session=a", "a=1", "__Host-session = c"]),
            "a=1"
        );
        assert_eq!(kept(&["__Host-session=a; __Host-session="]), "");
    }

    #[test]
    fn a_name_that_is_ours_only_once_decoded_is_not_ours() {
        assert_eq!(
            kept(&["__%48ost-session=evil; __Host-session=a"]),
            "__Host-session=a"
        );
        assert_eq!(kept(&["%5F_Host-browser=evil"]), "");
    }
}
