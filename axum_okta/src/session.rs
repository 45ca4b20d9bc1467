//! What is kept in a tower-sessions session, and the identities of live sessions kept at hand.

use std::{sync::Arc, time::Duration};

use moka::{Entry, sync::Cache};
use okta_types::{Actor, CheckReport, Draft, Identity, RoleTable, TestReport, Timestamp};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{Expiry, Session, session::Id};

use crate::{error::StoreError, roles::Roles, store::now};

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
    /// A role table that could not be saved, so that nothing typed is lost.
    #[serde(default)]
    pub(crate) roles_draft: Option<RoleTable>,
    #[serde(default)]
    pub(crate) tested: Option<TestReport>,
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
    /// Who changed the connection and lost their sign-in with it; nobody where the setup code was entered.
    #[serde(default)]
    pub(crate) given_to: Option<Actor>,
}

impl SetupGrant {
    /// When a right that is given now ends.
    pub(crate) fn end() -> Timestamp {
        now().plus_seconds(SETUP_SECONDS)
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

impl Live {
    /// In bytes, about.
    fn size(&self) -> u32 {
        /// The rest of an identity, its ID token, and what the cache keeps beside it.
        const REST: usize = 2048;
        let names = match self {
            Self::SignedIn(signed_in, _) => {
                signed_in.identity.groups.as_deref().unwrap_or_default()
            }
            Self::Ended => &[],
        };
        let names: usize = names
            .iter()
            .map(|name| name.len() + size_of::<String>())
            .sum();
        u32::try_from(names + REST).unwrap_or(u32::MAX)
    }
}

/// Whoever is signed in, by session id, so that a guarded request costs no query.
pub(crate) struct LiveSessions(Cache<Id, Live>);

#[derive(Clone)]
enum Live {
    /// With the roles that this table gave.
    SignedIn(Arc<SignedIn>, Arc<RoleTable>),
    /// Kept so that a request that read the store just before cannot bring the session back.
    Ended,
}

/// Whoever is in no more than some groups takes about a kilobyte; whoever is in ten thousand, some hundred.
const MAX_CACHED_BYTES: u64 = 128 * 1024 * 1024;
const CACHED_FOR: Duration = Duration::from_secs(5 * 60);

impl LiveSessions {
    pub(crate) fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(MAX_CACHED_BYTES)
                .weigher(|_, live: &Live| live.size())
                .time_to_live(CACHED_FOR)
                .build(),
        )
    }

    /// Who this session says is signed in, from the cache, else from the store, with the roles they have now.
    pub(crate) async fn find(
        &self,
        session: &Session,
        roles: &Roles,
    ) -> Result<Option<Arc<SignedIn>>, StoreError> {
        let Some(id) = session.id() else {
            return Ok(None);
        };
        let signed_in = match self.0.get(&id) {
            Some(Live::Ended) => return Ok(None),
            Some(Live::SignedIn(signed_in, table)) if roles.is_current(&table) => Some(signed_in),
            Some(Live::SignedIn(signed_in, _)) => {
                self.with_roles(id, SignedIn::clone(&signed_in), roles)
                    .await?
            }
            None => match Content::load(session).await?.signed_in {
                Some(signed_in) => self.with_roles(id, signed_in, roles).await?,
                None => return Ok(None),
            },
        };
        Ok(signed_in.filter(|signed_in| signed_in.identity.expires_at > now()))
    }

    /// Keeps them with the roles they have now, unless the session has ended meanwhile.
    async fn with_roles(
        &self,
        id: Id,
        mut signed_in: SignedIn,
        roles: &Roles,
    ) -> Result<Option<Arc<SignedIn>>, StoreError> {
        let table = roles.table();
        let mut identity = Identity::clone(&signed_in.identity);
        identity.roles = roles.of(&identity, &table).await?;
        signed_in.identity = Arc::new(identity);
        let signed_in = Arc::new(signed_in);
        let live = self
            .0
            .entry(id)
            .and_upsert_with(|kept| match kept.map(Entry::into_value) {
                Some(Live::Ended) => Live::Ended,
                Some(Live::SignedIn(..)) | None => Live::SignedIn(signed_in.clone(), table),
            });
        Ok(match live.into_value() {
            Live::SignedIn(..) => Some(signed_in),
            Live::Ended => None,
        })
    }

    /// Whether this session was ended lately.
    pub(crate) fn has_ended(&self, id: &Id) -> bool {
        matches!(self.0.get(id), Some(Live::Ended))
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
