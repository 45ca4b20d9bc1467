//! What a program sends. Secret scanners find it by its beginning.
//!
//! Of 256 bits, 192 are random and 64 are derived from those and the app's key, so that an invented
//! one costs no query.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::store::Store;

const PREFIX: &str = "axum_okta_";
const RANDOM_BYTES: usize = 24;
const BYTES: usize = 32;
/// What is derived serves for nothing else.
const PURPOSE: &[u8] = b"okta_admin_token/";

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret([u8; BYTES]);

impl Secret {
    pub(super) fn new(store: &Store) -> Self {
        Self::with_tag(store, &rand::random())
    }

    /// The secret that a program sent, if this app may have made it.
    pub(super) fn parse(store: &Store, sent: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(sent.strip_prefix(PREFIX)?)
            .ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        let (random, _) = bytes.split_first_chunk::<RANDOM_BYTES>()?;
        let ours = Self::with_tag(store, random);
        bool::from(ours.0.ct_eq(&bytes)).then_some(ours)
    }

    fn with_tag(store: &Store, random: &[u8; RANDOM_BYTES]) -> Self {
        let tag = store.tag(&[PURPOSE, random.as_slice()].concat());
        let mut bytes = [0; BYTES];
        bytes[..RANDOM_BYTES].copy_from_slice(random);
        bytes[RANDOM_BYTES..].copy_from_slice(&tag[..BYTES - RANDOM_BYTES]);
        Self(bytes)
    }

    /// As it is sent.
    pub(super) fn text(&self) -> String {
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }

    /// As it is stored: with 192 random bits, a plain hash can't be reversed by search.
    pub(super) fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.0))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tests::Database;

    #[tokio::test]
    async fn only_what_this_app_made_is_looked_for() {
        let (store, _) = Database::new().server().await;
        let secret = Secret::new(&store);
        let text = secret.text();
        assert!(text.starts_with("axum_okta_") && text.len() == 53);
        assert_eq!(Secret::parse(&store, &text), Some(secret.clone()));
        let invented = BASE64_URL_SAFE_NO_PAD.encode([7; BYTES]);
        for other in [
            String::new(),
            text.to_lowercase(),
            format!("{text}="),
            text.replace("axum_okta_", ""),
            text[..52].to_owned(),
            format!("{PREFIX}{invented}"),
        ] {
            assert_eq!(Secret::parse(&store, &other), None, "{other}");
        }
        let (elsewhere, _) = Database::new().server().await;
        assert_eq!(Secret::parse(&elsewhere, &text), None, "another app's");
        assert!(!format!("{secret:?}").contains(&text[10..20]));
    }
}
