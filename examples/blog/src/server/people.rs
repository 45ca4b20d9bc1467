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
    /// The row of this person, made on their first visit. Their name is what Okta says now.
    async fn user_of(&self, identity: &Identity) -> sqlx::Result<User> {
        let (issuer, subject) = (&identity.issuer, &identity.subject);
        let (name, now) = (identity.display_name(), Utc::now().naive_utc());
        sqlx::query_as!(
            User,
            "INSERT INTO users (issuer, subject, name, created_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name \
             RETURNING id, name, created_at",
            issuer,
            subject,
            name,
            now,
        )
        .fetch_one(&self.0)
        .await
    }
}
