//! Sign-ins under way: one row each, bound to the browser that started it, used once.

use okta_types::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::{NO_LIMIT, Store, microseconds, now};
use crate::error::StoreError;

/// How long a person may take at Okta, multi-factor enrolment included.
const LIFETIME_SECONDS: i64 = 30 * 60;
/// Tabs of one browser signing in at the same time; the oldest gives way.
const PER_BROWSER: i64 = 8;
/// A flood of sign-ins that nobody finishes stops growing here; the oldest give way.
const IN_ALL: i64 = 10_000;

/// What the callback needs to know of the authorization request. Encrypted at rest.
#[derive(Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) connection_id: String,
    pub(crate) nonce: String,
    pub(crate) pkce_verifier: String,
    pub(crate) return_to: String,
    #[serde(default)]
    pub(crate) purpose: Purpose,
}

/// What a sign-in is for.
#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// Starts a session.
    #[default]
    SignIn,
    /// Shows an admin what arrives.
    Test,
}

impl Store {
    /// Remembers an attempt under its `state` and the browser (a hash of its cookie) that made it.
    pub(crate) async fn put_attempt(
        &self,
        state: &str,
        browser: &str,
        attempt: &Attempt,
    ) -> Result<(), StoreError> {
        let payload = serde_json::json!(attempt).to_string();
        let payload = self.encrypt(&attempt_place(state), &payload)?;
        let Timestamp(now) = now();

        let _in_line = self.writing.lock().await;
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO okta_sign_in_attempt (state, browser, payload, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(state)
        .bind(browser)
        .bind(payload)
        .bind(microseconds())
        .bind(now + LIFETIME_SECONDS)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM okta_sign_in_attempt WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "DELETE FROM okta_sign_in_attempt WHERE state IN (SELECT state FROM okta_sign_in_attempt \
             WHERE browser = $1 ORDER BY created_at DESC, state LIMIT $2 OFFSET $3)",
        )
        .bind(browser)
        .bind(NO_LIMIT)
        .bind(PER_BROWSER)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM okta_sign_in_attempt WHERE state IN (SELECT state FROM okta_sign_in_attempt \
             ORDER BY created_at DESC, state DESC LIMIT $1 OFFSET $2)",
        )
        .bind(NO_LIMIT)
        .bind(IN_ALL)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Takes an attempt out: found once, in time, and only by the browser that started it.
    pub(crate) async fn take_attempt(
        &self,
        state: &str,
        browser: &str,
    ) -> Result<Option<Attempt>, StoreError> {
        let _in_line = self.writing.lock().await;
        let row = sqlx::query(
            "DELETE FROM okta_sign_in_attempt WHERE state = $1 AND browser = $2 AND expires_at > $3 RETURNING payload",
        )
        .bind(state)
        .bind(browser)
        .bind(now().0)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let payload = self.decrypt(&attempt_place(state), &row.try_get::<String, _>("payload")?)?;
        // A payload of another version cannot be finished; the person starts again.
        Ok(serde_json::from_str(payload.expose_secret()).ok())
    }
}

fn attempt_place(state: &str) -> String {
    format!("okta_sign_in_attempt/{state}")
}
