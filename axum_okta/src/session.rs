//! What is kept in a tower-sessions session, and the identities of live sessions kept at hand.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use okta_types::{CheckReport, Draft, Identity, Timestamp};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{Expiry, Session, session::Id};

use crate::{error::StoreError, store::now};

/// Everything of ours is under one key; a host may keep its own values beside it.
const KEY: &str = "okta";

/// How long somebody who entered the setup code may take to connect and sign in.
const SETUP_SECONDS: i64 = 60 * 60;

#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) signed_in: Option<SignedIn>,
    pub(crate) setup: Option<SetupGrant>,
    pub(crate) draft: Option<Draft>,
    pub(crate) report: Option<CheckReport>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SignedIn {
    pub(crate) identity: Arc<Identity>,
    /// The connection they came through; when it is replaced, they are no longer signed in.
    pub(crate) connection_id: String,
    /// Encrypted; sent back to Okta at sign-out.
    pub(crate) id_token: String,
}

/// The right to open the settings, given for a setup code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SetupGrant {
    pub(crate) setup_id: String,
    pub(crate) until: Timestamp,
}

impl SetupGrant {
    pub(crate) fn new(setup_id: String) -> Self {
        Self {
            setup_id,
            until: now().plus_seconds(SETUP_SECONDS),
        }
    }
}

impl Content {
    pub(crate) async fn load(session: &Session) -> Result<Self, StoreError> {
        let mut content: Self = session.get(KEY).await?.unwrap_or_default();
        content.signed_in = content
            .signed_in
            .filter(|signed_in| signed_in.identity.expires_at > now());
        content.setup = content.setup.filter(|grant| grant.until > now());
        Ok(content)
    }

    /// Puts the content into the session, which ends when the last right in it ends.
    pub(crate) async fn save(&self, session: &Session) -> Result<(), StoreError> {
        session.insert(KEY, self).await?;
        let ends = [
            self.signed_in
                .as_ref()
                .map(|signed_in| signed_in.identity.expires_at),
            self.setup.as_ref().map(|grant| grant.until),
        ];
        let Timestamp(end) = ends.into_iter().flatten().max().unwrap_or_else(now);
        let end =
            OffsetDateTime::from_unix_timestamp(end).unwrap_or_else(|_| OffsetDateTime::now_utc());
        session.set_expiry(Some(Expiry::AtDateTime(end)));
        Ok(())
    }
}

/// Whoever is signed in, by session id, so that a guarded request costs no query.
pub(crate) struct LiveSessions(Cache<Id, Live>);

#[derive(Clone)]
enum Live {
    SignedIn(Arc<SignedIn>),
    /// Kept so that a request that read the store just before cannot bring the session back.
    Ended,
}

/// At about a kilobyte each, some hundred megabytes.
const MAX_CACHED: u64 = 100_000;
const CACHED_FOR: Duration = Duration::from_secs(5 * 60);

impl LiveSessions {
    pub(crate) fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_CACHED)
                .time_to_live(CACHED_FOR)
                .build(),
        )
    }

    /// Who this session says is signed in: from the cache, else from the store.
    pub(crate) async fn find(
        &self,
        session: &Session,
    ) -> Result<Option<Arc<SignedIn>>, StoreError> {
        let Some(id) = session.id() else {
            return Ok(None);
        };
        let live = match self.0.get(&id) {
            Some(live) => live,
            None => match Content::load(session).await?.signed_in {
                Some(signed_in) => self
                    .0
                    .entry(id)
                    .or_insert_with(|| Live::SignedIn(Arc::new(signed_in)))
                    .into_value(),
                None => return Ok(None),
            },
        };
        match live {
            Live::SignedIn(signed_in) if signed_in.identity.expires_at > now() => {
                Ok(Some(signed_in))
            }
            Live::SignedIn(_) | Live::Ended => Ok(None),
        }
    }

    /// Gives the session a new id, whenever it gains a right: an id that somebody planted or copied before must not
    /// have it. The old one is dead.
    pub(crate) async fn renew(&self, session: &Session) -> Result<(), StoreError> {
        if let Some(id) = session.id() {
            self.0.insert(id, Live::Ended);
        }
        session.cycle_id().await?;
        Ok(())
    }

    /// Removes the session here and in the store.
    pub(crate) async fn end(&self, session: &Session) -> Result<(), StoreError> {
        if let Some(id) = session.id() {
            self.0.insert(id, Live::Ended);
            session.flush().await?;
        }
        Ok(())
    }
}
