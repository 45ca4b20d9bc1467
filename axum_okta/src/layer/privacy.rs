//! What caches may store: nothing that depends on who is signed in.

use axum::{body::Body, response::Response};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, Entry},
};
use okta_types::CurrentIdentity;

/// From Akamai, Fastly and nginx, in this order.
const BEFORE_RFC_9213: [&str; 3] = ["edge-control", "surrogate-control", "x-accel-expires"];

/// Responses that depend on who is signed in are not cached, and a redirect to the sign-in has no
/// body.
pub(super) fn keep_private(login_path: &str, current: &CurrentIdentity, response: &mut Response) {
    let to_sign_in = is_to_sign_in(login_path, response);
    if to_sign_in {
        *response.body_mut() = Body::empty();
        for described in [
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
        ] {
            response.headers_mut().remove(described);
        }
    }
    if current.was_read() || to_sign_in {
        keep_to_one_browser(response.headers_mut());
    }
}

pub(super) fn is_to_sign_in(login_path: &str, response: &Response) -> bool {
    let location = || response.headers().get(header::LOCATION);
    response.status().is_redirection()
        && location().is_some_and(|location| leads_to(location, login_path))
}

/// No cache between here and the browser stores the response. Headers for some caches only, which
/// override `Cache-Control` there (RFC 9213), are removed.
pub(super) fn keep_to_one_browser(headers: &mut HeaderMap) {
    while let Some(name) = headers.keys().find(|name| is_targeted(name)).cloned() {
        headers.remove(name);
    }
    let no_store = HeaderValue::from_static("no-store");
    match headers.entry(header::CACHE_CONTROL) {
        Entry::Vacant(unsaid) => {
            unsaid.insert(no_store);
        }
        Entry::Occupied(mut said) => {
            if may_be_shared(said.iter()) {
                said.insert(no_store);
            }
        }
    }
}

/// `CDN-Cache-Control`, the vendors' variants, and what preceded it.
fn is_targeted(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("-cache-control") || BEFORE_RFC_9213.contains(&name)
}

/// Whether a shared cache may store the response. An app that sends `private` or `no-store` has
/// considered it; anything beyond that is its own choice.
fn may_be_shared<'v>(values: impl Iterator<Item = &'v HeaderValue>) -> bool {
    let mut directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    !directives.any(|directive| {
        let is = |name| directive.eq_ignore_ascii_case(name);
        is("private") || is("no-store")
    })
}

fn leads_to(location: &HeaderValue, path: &str) -> bool {
    location
        .as_bytes()
        .strip_prefix(path.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_to_one_browser(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut kept = HeaderMap::new();
        for (name, value) in headers {
            kept.append(*name, HeaderValue::from_static(value));
        }
        keep_to_one_browser(&mut kept);
        kept
    }

    #[test]
    fn what_overrides_it_for_some_caches_is_removed_wherever_it_is() {
        let kept = kept_to_one_browser(&[
            ("surrogate-control", "max-age=1"),
            ("content-type", "text/html"),
            ("cdn-cache-control", "max-age=2"),
            ("cdn-cache-control", "max-age=3"),
            ("x-kept", "yes"),
            ("cloudflare-cdn-cache-control", "max-age=4"),
            ("x-accel-expires", "5"),
            ("edge-control", "max-age=6"),
        ]);
        let mut names: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cache-control", "content-type", "x-kept"]);
    }

    #[test]
    fn only_what_no_shared_cache_stores_stays_as_the_app_said_it() {
        let said = |values: &[&'static str]| {
            let headers: Vec<_> = values
                .iter()
                .map(|value| ("cache-control", *value))
                .collect();
            let kept = kept_to_one_browser(&headers);
            let values = kept.get_all("cache-control").iter();
            let values = values.map(|value| value.to_str().unwrap().to_owned());
            values.collect::<Vec<_>>()
        };
        assert_eq!(said(&["max-age=60, Private"]), ["max-age=60, Private"]);
        assert_eq!(
            said(&["max-age=60", "NO-STORE"]),
            ["max-age=60", "NO-STORE"]
        );
        for shared in [
            &[][..],
            &["public, max-age=60"],
            &["max-age=60", "must-revalidate"],
            &["private-ish, not-private"],
            &["no-cache"],
        ] {
            assert_eq!(said(shared), ["no-store"], "{shared:?}");
        }
    }
}
