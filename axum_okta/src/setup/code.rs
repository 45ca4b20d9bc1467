//! The setup code.

use base64::{Engine, prelude::BASE64_STANDARD};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{random_token, store::OpenSetup};

/// Letters and digits that can't be confused (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Lets the first admin of the app, or of a connection, in. Stored as a hash: with 100 bits or more, a plain hash can't be reversed by
/// search.
#[derive(Clone, Debug)]
pub(crate) struct SetupCode(SecretString);

impl SetupCode {
    /// Four groups of five, such as `7K2QX-…`.
    pub(crate) fn generate() -> Self {
        let mut random = rand::rng();
        let code: Vec<String> = (0..4)
            .map(|_| {
                (0..5)
                    .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
                    .collect()
            })
            .collect();
        Self(code.join("-").into())
    }

    /// For a setup link, which nobody types.
    pub(crate) fn for_link() -> Self {
        Self(random_token().into())
    }

    /// A code that was typed, or set by the operator. A blank one is no code.
    pub(crate) fn from_text(code: &str) -> Option<Self> {
        let code = code.trim();
        (!code.is_empty()).then(|| Self(code.to_owned().into()))
    }

    pub(crate) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    pub(crate) fn hash(&self) -> String {
        BASE64_STANDARD.encode(Sha256::digest(self.0.expose_secret()))
    }

    /// Whether this is the code of the setup, compared in constant time.
    pub(crate) fn is_of(&self, setup: &OpenSetup) -> bool {
        let (one, other) = (self.hash(), &setup.code_hash);
        one.as_bytes().ct_eq(other.as_bytes()).into()
    }
}
