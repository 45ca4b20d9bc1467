//! The setup code, and who is admin.

use base64::{Engine, prelude::BASE64_STANDARD};
use okta_types::Timestamp;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use sqlx::Row;
use subtle::ConstantTimeEq;

use super::{Store, now};
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

    pub(crate) async fn has_admin(&self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS admins FROM okta_admin")
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get::<i64, _>("admins")? > 0)
    }

    pub(crate) async fn is_admin(&self, issuer: &str, subject: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT since FROM okta_admin WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Makes this person an admin and closes the setup, both or neither. Of two people who finish the same
    /// setup at once, one becomes admin.
    pub(crate) async fn finish_setup(
        &self,
        setup_id: &str,
        issuer: &str,
        subject: &str,
    ) -> Result<bool, StoreError> {
        let Timestamp(since) = now();
        let mut transaction = self.pool.begin().await?;
        let closed = sqlx::query("DELETE FROM okta_setup WHERE id = $1")
            .bind(setup_id)
            .execute(&mut *transaction)
            .await?;
        if closed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO okta_admin (issuer, subject, since) VALUES ($1, $2, $3) \
             ON CONFLICT (issuer, subject) DO NOTHING",
        )
        .bind(issuer)
        .bind(subject)
        .bind(since)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }
}
