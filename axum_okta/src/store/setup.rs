//! The setup code.

use base64::{Engine, prelude::BASE64_STANDARD};
use okta_types::Timestamp;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sqlx::Row;
use subtle::ConstantTimeEq;

use super::{Store, now};
use crate::{error::StoreError, session::SetupGrant};

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

/// A setup that is open: whoever signs in from a browser that knows its id becomes admin.
pub(crate) struct OpenSetup {
    pub(crate) id: String,
    /// Whether somebody was given a code for it.
    pub(crate) has_code: bool,
}

impl OpenSetup {
    pub(crate) fn gave(&self, grant: &SetupGrant) -> bool {
        self.id == grant.setup_id
    }
}

impl Store {
    /// Makes `code` the one that is alive. Sessions opened with an earlier code lose their right.
    pub(crate) async fn put_setup_code(&self, code: &SetupCode) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO okta_setup (slot, id, code_hash, ends_at) VALUES (1, $1, $2, 0) \
             ON CONFLICT (slot) DO UPDATE SET id = excluded.id, code_hash = excluded.code_hash, ends_at = 0",
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

    /// The setup that is open, if one is.
    pub(crate) async fn open_setup(&self) -> Result<Option<OpenSetup>, StoreError> {
        let row = sqlx::query(
            "SELECT id, ends_at FROM okta_setup WHERE slot = 1 AND (ends_at = 0 OR ends_at > $1)",
        )
        .bind(now().0)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(OpenSetup {
            id: row.try_get("id")?,
            has_code: row.try_get::<i64, _>("ends_at")? == 0,
        }))
    }

    /// Opens a setup without a code, or keeps the one open that there is; gives its id.
    pub(crate) async fn keep_setup_open(&self, until: Timestamp) -> Result<String, StoreError> {
        if let Some(setup) = self.open_setup().await? {
            sqlx::query("UPDATE okta_setup SET ends_at = $1 WHERE id = $2 AND ends_at > 0")
                .bind(until.0)
                .bind(&setup.id)
                .execute(&self.pool)
                .await?;
            return Ok(setup.id);
        }
        let id = crate::random_token();
        sqlx::query(
            "INSERT INTO okta_setup (slot, id, code_hash, ends_at) VALUES (1, $1, '', $2) \
             ON CONFLICT (slot) DO UPDATE SET id = excluded.id, code_hash = '', ends_at = excluded.ends_at",
        )
        .bind(&id)
        .bind(until.0)
        .execute(&self.pool)
        .await?;
        Ok(id)
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
