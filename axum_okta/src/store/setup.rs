//! The setup code.

use base64::{Engine, prelude::BASE64_STANDARD};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sqlx::Row;
use subtle::ConstantTimeEq;

use super::Store;
use crate::error::StoreError;

/// Letters and digits that nobody mistakes for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What lets the first admin in. Stored as a hash; 100 bits, so a plain hash cannot be searched.
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

    pub(crate) fn from_text(code: &str) -> Self {
        Self(code.trim().to_owned().into())
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    fn hash(&self) -> String {
        BASE64_STANDARD.encode(Sha256::digest(self.expose()))
    }
}

impl Store {
    /// Makes `code` the one that is alive. Sessions opened with an earlier code lose their right.
    pub(crate) async fn put_setup_code(&self, code: &SetupCode) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_setup (slot, id, code_hash) VALUES (1, $1, $2) \
             ON CONFLICT (slot) DO UPDATE SET id = excluded.id, code_hash = excluded.code_hash",
        )
        .bind(crate::random_token())
        .bind(code.hash())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub(crate) async fn delete_setup_code(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM okta_setup")
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The id of the setup that is open, if one is.
    pub(crate) async fn open_setup(&self) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT id FROM okta_setup WHERE slot = 1")
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get("id")).transpose()?)
    }

    /// The id of the setup that is open, if this is its code. Compared in constant time.
    pub(crate) async fn setup_of_code(
        &self,
        code: &SetupCode,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT id, code_hash FROM okta_setup WHERE slot = 1")
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let stored: String = row.try_get("code_hash")?;
        if bool::from(stored.as_bytes().ct_eq(code.hash().as_bytes())) {
            Ok(Some(row.try_get("id")?))
        } else {
            Ok(None)
        }
    }
}
