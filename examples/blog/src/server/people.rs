//! Who writes signs in with Okta, and has a row among the blog's own users.

use axum_okta::Identity;
use chrono::Utc;
use leptos::prelude::ServerFnError;

use super::database::{Database, User};

/// The author who calls this server function, by the blog's own row.
pub(crate) async fn author() -> Result<User, ServerFnError> {
    let identity = leptos_okta::require_auth().await?;
    Ok(super::database()?.user_of(&identity).await?)
}

impl Database {
    /// Called at each sign-in: makes the row on the first, and takes the name that Okta says now.
    pub(super) async fn keep_user(&self, identity: &Identity) -> sqlx::Result<()> {
        let (issuer, subject) = (&identity.issuer, &identity.subject);
        let (name, now) = (identity.display_name(), Utc::now().naive_utc());
        sqlx::query!(
            "INSERT INTO users (issuer, subject, name, created_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name",
            issuer,
            subject,
            name,
            now,
        )
        .execute(&self.0)
        .await?;
        Ok(())
    }

    async fn user_of(&self, identity: &Identity) -> sqlx::Result<User> {
        let (issuer, subject) = (&identity.issuer, &identity.subject);
        sqlx::query_as!(
            User,
            "SELECT id, name, created_at FROM users WHERE issuer = ? AND subject = ?",
            issuer,
            subject,
        )
        .fetch_one(&self.0)
        .await
    }
}
