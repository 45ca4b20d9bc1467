//! The tokens that programs send. Secret scanners find them by their beginning.
//!
//! Of 256 bits, 192 are random and 64 are derived from those and the app's key, so that an invented
//! one costs no query.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::store::Store;

const RANDOM_BYTES: usize = 24;
const BYTES: usize = 32;

/// What a token is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) prefix: &'static str,
    /// What is derived serves for nothing else.
    pub(crate) purpose: &'static str,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret {
    kind: &'static Kind,
    bytes: [u8; BYTES],
}

impl Secret {
    pub(crate) fn new(kind: &'static Kind, store: &Store) -> Self {
        Self::with_tag(kind, store, &rand::random())
    }

    /// The secret that a program sent, if this app may have made it.
    pub(crate) fn parse(kind: &'static Kind, store: &Store, sent: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(sent.strip_prefix(kind.prefix)?)
            .ok()?;
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        let (random, _) = bytes.split_first_chunk::<RANDOM_BYTES>()?;
        let ours = Self::with_tag(kind, store, random);
        bool::from(ours.bytes.ct_eq(&bytes)).then_some(ours)
    }

    fn with_tag(kind: &'static Kind, store: &Store, random: &[u8; RANDOM_BYTES]) -> Self {
        let tag = store.tag(&[kind.purpose.as_bytes(), random.as_slice()].concat());
        let mut bytes = [0; BYTES];
        bytes[..RANDOM_BYTES].copy_from_slice(random);
        bytes[RANDOM_BYTES..].copy_from_slice(&tag[..BYTES - RANDOM_BYTES]);
        Self { kind, bytes }
    }

    /// As it is sent.
    pub(crate) fn text(&self) -> String {
        let encoded = BASE64_URL_SAFE_NO_PAD.encode(self.bytes);
        format!("{}{encoded}", self.kind.prefix)
    }

    /// As it is stored: with 192 random bits, a plain hash can't be reversed by search.
    pub(crate) fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.bytes))
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

    static KIND: Kind = Kind {
        prefix: "axum_okta_",
        purpose: "test/",
    };
    static OTHER: Kind = Kind {
        prefix: "axum_okta_",
        purpose: "other test/",
    };

    #[tokio::test]
    async fn only_what_this_app_made_is_looked_for() {
        let (store, _) = Database::new().server().await;
        let secret = Secret::new(&KIND, &store);
        let text = secret.text();
        assert!(text.starts_with("axum_okta_") && text.len() == 53);
        assert_eq!(Secret::parse(&KIND, &store, &text), Some(secret.clone()));
        assert_eq!(Secret::parse(&OTHER, &store, &text), None);
        let invented = BASE64_URL_SAFE_NO_PAD.encode([7; BYTES]);
        for other in [
            String::new(),
            text.to_lowercase(),
            format!("{text}="),
            text.replace("axum_okta_", ""),
            text[..52].to_owned(),
            format!("axum_okta_{invented}"),
        ] {
            assert_eq!(Secret::parse(&KIND, &store, &other), None, "{other}");
        }
        let (elsewhere, _) = Database::new().server().await;
        let elsewhere = Secret::parse(&KIND, &elsewhere, &text);
        assert_eq!(elsewhere, None, "another app's");
        assert!(!format!("{secret:?}").contains(&text[10..20]));
    }
}
