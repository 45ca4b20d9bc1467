//! A sign-in in progress. The browser that started it keeps it, encrypted, in a cookie of its own:
//! no flood of sign-ins can push it out, and only that browser can finish it.

use std::cmp::Reverse;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue};
use okta_types::Timestamp;
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tower_sessions::cookie::time::Duration;

use super::step_up::Confirmation;
use crate::{
    connection::{Connection, oidc::Request},
    http::{
        cookies::{self, Cookies},
        return_to::ReturnTo,
    },
    okta::Okta,
    store::{Store, StoreError, now},
};

/// The prefix of the cookies' names. The rest is derived from `state`, so that tabs don't overwrite
/// each other's cookies.
pub(crate) const COOKIE: &str = "okta_sign_in_";
/// The length of the hash of `state` in the cookie's name.
const NAME_LENGTH: usize = 16;
/// How long a person may take at Okta, multi-factor enrolment included.
const LIFETIME_SECONDS: i64 = 30 * 60;
/// How many tabs of one browser can be signing in at the same time. The oldest is dropped.
const PER_BROWSER: usize = 5;
/// The size of all of them together, names included: less than what any server on the way accepts
/// in one line.
const MAX_BYTES: usize = 4 * 1024;
/// A longer return address is dropped rather than sent with every request for half an hour.
const MAX_RETURN_TO_BYTES: usize = 1024;

/// What the callback needs to know of the authorization request.
#[derive(Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) connection_id: String,
    pub(crate) nonce: Nonce,
    pub(crate) pkce_verifier: PkceCodeVerifier,
    pub(crate) return_to: String,
    pub(crate) purpose: Purpose,
    /// An attempt of an earlier version asks for nothing.
    #[serde(default)]
    pub(crate) confirmation: Confirmation,
    pub(crate) expires_at: Timestamp,
    /// In milliseconds, to order a browser's attempts.
    started_at: i128,
}

/// What a sign-in is for.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// Starts a session.
    SignIn,
    /// Asks again about whoever is signed in, without anything to be seen.
    Recheck,
    /// Shows an admin what Okta sends.
    Trial,
}

impl Attempt {
    pub(crate) fn new(
        connection: &Connection,
        request: Request,
        return_to: &ReturnTo,
        purpose: Purpose,
        confirmation: Confirmation,
    ) -> Self {
        Self {
            connection_id: connection.config.id.clone(),
            nonce: request.nonce,
            pkce_verifier: request.pkce_verifier,
            return_to: match return_to.as_str() {
                path if path.len() <= MAX_RETURN_TO_BYTES => path.to_owned(),
                _ => ReturnTo::home().as_str().to_owned(),
            },
            purpose,
            confirmation,
            expires_at: now().plus_seconds(LIFETIME_SECONDS),
            started_at: OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000,
        }
    }

    /// The cookies to set: the attempt's own, and the removal of excess ones.
    pub(crate) fn cookies(
        &self,
        okta: &Okta,
        store: &Store,
        state: &CsrfToken,
        others: &HeaderMap,
    ) -> Result<Vec<HeaderValue>, StoreError> {
        let name = cookie_name(okta, state.secret());
        let json = serde_json::json!(self).to_string();
        let sealed = store.seal(&name, &json)?;
        let prefix = okta.cookie_name(COOKIE);
        let others = Cookies::of(others);
        let names = others.names(&prefix);
        let room = MAX_BYTES.saturating_sub(name.len() + sealed.len());
        let mut set: Vec<HeaderValue> = too_many(store, &names, &others, room)
            .into_iter()
            .filter_map(|name| cookies::removal(name.to_owned(), okta.is_https()))
            .collect();
        let lifetime = Duration::seconds(LIFETIME_SECONDS);
        set.extend(cookies::ours(name, sealed, lifetime, okta.is_https()));
        Ok(set)
    }

    /// Returns the attempt that this browser made with this state, if it hasn't expired, and the
    /// removal of its cookie.
    pub(crate) fn found(
        okta: &Okta,
        store: &Store,
        state: &str,
        headers: &HeaderMap,
    ) -> Option<(Self, Option<HeaderValue>)> {
        let name = cookie_name(okta, state);
        let attempt = open(store, &name, &Cookies::of(headers))?;
        Some((attempt, cookies::removal(name, okta.is_https())))
    }
}

/// What the database stores of a used state.
pub(crate) fn state_hash(state: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(state))
}

fn cookie_name(okta: &Okta, state: &str) -> String {
    let hash = state_hash(state);
    okta.cookie_name(&format!("{COOKIE}{}", &hash[..NAME_LENGTH]))
}

fn open(store: &Store, name: &str, cookies: &Cookies<'_>) -> Option<Attempt> {
    let sealed = cookies.value(name)?;
    let json = store.unseal(name, sealed)?;
    // An attempt of another version can't be finished. The person starts again.
    let attempt: Attempt = serde_json::from_str(json.expose_secret()).ok()?;
    (attempt.expires_at > now()).then_some(attempt)
}

/// Those that aren't ours or have expired, and the oldest beyond the limit.
fn too_many<'n>(
    store: &Store,
    names: &[&'n str],
    cookies: &Cookies<'_>,
    mut room: usize,
) -> Vec<&'n str> {
    let mut kept: Vec<(&str, i128)> = Vec::new();
    let mut removed = Vec::new();
    for name in names {
        match open(store, name, cookies) {
            Some(attempt) => kept.push((name, attempt.started_at)),
            None => removed.push(*name),
        }
    }
    kept.sort_by_key(|(_, started_at)| Reverse(*started_at));
    for (index, (name, _)) in kept.into_iter().enumerate() {
        let bytes = name.len() + cookies.value(name).map_or(0, str::len);
        if index + 1 < PER_BROWSER && bytes <= room {
            room -= bytes;
        } else {
            removed.push(name);
            room = 0;
        }
    }
    removed
}
