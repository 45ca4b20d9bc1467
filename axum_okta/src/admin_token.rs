//! Tokens with which programs change the settings, in place of a sign-in.

use std::{net::IpAddr, sync::Arc};

use okta_types::{AdminTokenSummary, Timestamp, TokenAccess};
use subtle::ConstantTimeEq;

use crate::{
    causes::with_causes,
    http::limit::Limiter,
    store::{Store, StoreError, now},
    token_secret::{Kind, Secret},
};

static KIND: Kind = Kind {
    prefix: "axum_okta_",
    purpose: "okta_admin_token/",
};

/// Enough for a program that was given the wrong one, useless to one that guesses.
const WRONG_PER_MINUTE: u32 = 20;
/// Ten a second, for a program that keeps thousands of connections as they should be.
const USES_PER_MINUTE: u32 = 600;
/// When a token was last used is stored to the minute.
const USE_STORED_EVERY: i64 = 60;

/// A row of `okta_admin_token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdminToken {
    pub(crate) id: String,
    pub(crate) hash: String,
    /// The connection in whose settings it was made, and is listed.
    pub(crate) connection: String,
    pub(crate) scope: Scope,
    pub(crate) access: TokenAccess,
    pub(crate) name: String,
    pub(crate) made_by: String,
    pub(crate) made_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
}

/// Whose settings a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    WholeApp,
    /// Those of these connections, at least one.
    Connections(Vec<String>),
}

impl Scope {
    pub(crate) fn includes(&self, connection: &str) -> bool {
        match self {
            Self::WholeApp => true,
            Self::Connections(names) => names.iter().any(|name| name == connection),
        }
    }
}

impl AdminToken {
    pub(crate) fn summary(&self) -> AdminTokenSummary {
        let Self {
            id, name, made_by, ..
        } = self;
        let mut summary = AdminTokenSummary::new(id, name, made_by, self.made_at, self.ends_at);
        summary.access = self.access;
        summary.connections = match &self.scope {
            Scope::WholeApp => None,
            Scope::Connections(names) => Some(names.clone()),
        };
        summary.used_at = self.used_at;
        summary
    }
}

/// Why a program isn't let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    /// Of the token that was sent, nothing is known but what is for the audit trail.
    #[error("the token is not good: {0}")]
    Wrong(String),
    #[error("too many requests")]
    TooMany,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The tokens of this app.
pub(crate) struct AdminTokens {
    store: Arc<Store>,
    wrong: Limiter<IpAddr>,
    uses: Limiter<String>,
}

impl AdminTokens {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self {
            store,
            wrong: Limiter::per_minute(WRONG_PER_MINUTE),
            uses: Limiter::per_minute(USES_PER_MINUTE),
        }
    }

    /// A new secret, and what is stored of it.
    pub(crate) fn new_secret(&self) -> (String, String) {
        let secret = Secret::new(&KIND, &self.store);
        (secret.text(), secret.hash())
    }

    /// Returns the token that a program sent, if it is good.
    pub(crate) async fn admit(
        &self,
        sent: &str,
        address: IpAddr,
    ) -> Result<AdminToken, TokenError> {
        match self.good(sent).await {
            Ok(token) if !self.uses.allows(&token.id) => Err(TokenError::TooMany),
            Ok(token) => {
                self.note_use(&token).await;
                Ok(token)
            }
            Err(TokenError::Wrong(_)) if !self.wrong.allows(&address) => Err(TokenError::TooMany),
            Err(error) => Err(error),
        }
    }

    async fn good(&self, sent: &str) -> Result<AdminToken, TokenError> {
        let wrong = |why: &str| TokenError::Wrong(why.to_owned());
        let secret = Secret::parse(&KIND, &self.store, sent).ok_or_else(|| wrong("invented"))?;
        let hash = secret.hash();
        let token = self.store.admin_token_with_hash(&hash).await?;
        let token = token
            .filter(|token| token.hash.as_bytes().ct_eq(hash.as_bytes()).into())
            .ok_or_else(|| wrong("revoked"))?;
        if token.ends_at <= now() {
            return Err(TokenError::Wrong(format!("{} has expired", token.name)));
        }
        Ok(token)
    }

    /// Whether it is good still.
    pub(crate) async fn is_good(&self, token: &AdminToken) -> Result<bool, StoreError> {
        let stored = self.store.admin_token_with_hash(&token.hash).await?;
        Ok(stored.is_some_and(|stored| stored.ends_at > now()))
    }

    /// A token works also while nothing can be written.
    async fn note_use(&self, token: &AdminToken) {
        let before = now().plus_seconds(-USE_STORED_EVERY);
        if token.used_at.is_some_and(|used_at| used_at > before) {
            return;
        }
        if let Err(error) = self.store.note_admin_token_use(&token.id, before).await {
            let error = with_causes(&error);
            tracing::warn!(error, "when a token was used could not be stored");
        }
    }
}
