//! Sessions: found by a hash of their id, their content encrypted. Whoever reads where they are
//! kept, or a backup of it, can take over none.

mod change;
mod database;
mod list;
#[cfg(feature = "redis")]
mod redis;

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::session::Id;

#[cfg(feature = "redis")]
use super::Whose;
use super::{OpenStoreError, Store, StoreError};
pub(crate) use list::{EndedSession, FoundSession, SessionHolder, SessionPlace};
#[cfg(feature = "redis")]
pub(super) use redis::Uncommitted;

const HASH_BYTES: usize = 32;

/// What is known of a session id where sessions are kept. The id has 128 random bits, so a plain
/// hash cannot be searched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SessionKey(pub(super) String);

impl SessionKey {
    pub(crate) fn of(id: &Id) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_le_bytes())))
    }

    /// What lists call it, if it is the name of one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(name).ok()?;
        (bytes.len() == HASH_BYTES).then(|| Self(name.to_owned()))
    }

    /// What lists call it. Nobody can make the cookie from it.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    pub(super) fn place(&self) -> String {
        format!("okta_session/{}", self.0)
    }
}

/// What is kept of a session: JSON, when it ends, and when it was in use last.
#[derive(Clone)]
pub(crate) struct StoredSession {
    pub(crate) content: String,
    pub(crate) expires_at: Timestamp,
    /// Changed by [`Store::sessions_seen`] alone.
    pub(crate) last_seen: Timestamp,
}

/// A session as it is to be stored.
pub(crate) struct Edit {
    pub(crate) session: StoredSession,
    pub(crate) index: SessionIndex,
    /// Whether somebody is signed in differently with it: what servers remember is out of date.
    pub(crate) changes_sign_in: bool,
}

/// What a session is found by, beside its id.
#[derive(Clone)]
pub(crate) struct SessionIndex {
    /// Nobody, as long as nobody is signed in with it.
    pub(crate) owner: Option<SessionOwner>,
    pub(crate) since: Timestamp,
    /// What a list shows of it.
    pub(crate) holder: Option<SessionHolder>,
}

/// Whose session it is.
#[derive(Clone)]
pub(crate) struct SessionOwner {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// What the issuer calls its own session.
    pub(crate) okta_sid: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) connection_id: String,
}

/// An index as it is written. Whose it is is hashed with the app's key, so that without it nobody
/// learns even whether somebody in particular has a session.
#[derive(Default)]
struct Columns {
    person: String,
    okta_sid: String,
    email: String,
    connection_id: String,
    since: i64,
    /// Encrypted.
    holder: String,
}

/// For the email of whoever has none, to be told from one that is yet to be indexed.
const NO_EMAIL: &str = "-";

/// A session as it is written.
struct Sealed {
    content: String,
    expires_at: i64,
    last_seen: i64,
}

/// Where sessions are kept.
pub(super) enum SessionHome {
    Database,
    #[cfg(feature = "redis")]
    Redis(redis::Redis),
}

impl SessionHome {
    /// Whether a session ends together with the change that announces its end. Elsewhere, it may
    /// have ended and nobody hears of it.
    pub(super) fn announces_every_end(&self) -> bool {
        matches!(self, Self::Database)
    }
}

impl Store {
    /// Keeps sessions there from now on, and no longer in the database.
    #[cfg_attr(not(feature = "redis"), allow(unused_mut, clippy::unused_async))]
    pub(crate) async fn keep_sessions_at(mut self, url: &str) -> Result<Self, OpenStoreError> {
        #[cfg(feature = "redis")]
        if let Some(address) = redis::Address::parse(url) {
            self.sessions = SessionHome::Redis(address.connect().await?);
            return Ok(self);
        }
        let kind = url.split_once(':').map_or("", |(kind, _)| kind);
        Err(OpenStoreError::SessionsUrl(kind.to_owned()))
    }

    pub(crate) async fn session(
        &self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        match &self.sessions {
            SessionHome::Database => self.session_in_database(key).await,
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => {
                let found = redis.session(key).await?;
                found
                    .map(|found| self.opened(key, found.sealed))
                    .transpose()
            }
        }
    }

    /// Writes a session that is not part of a change. `false` when there is one with this id.
    pub(crate) async fn insert_session(
        &self,
        key: &SessionKey,
        session: &StoredSession,
        index: &SessionIndex,
    ) -> Result<bool, StoreError> {
        match &self.sessions {
            SessionHome::Database => {
                let mut change = self.concurrent_change().await?;
                let inserted = change.insert_session(key, session, Some(index)).await?;
                change.commit().await?;
                Ok(inserted)
            }
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => {
                let new = self.new_session(key, session, Some(index))?;
                redis.insert(&new).await
            }
        }
    }

    /// Changes a session as it is stored by then, unless `edit` gives nothing. It is called again
    /// when another change came in between. One that has ended stays ended. Returns whether it was
    /// changed.
    #[cfg_attr(not(feature = "redis"), allow(unused_mut))]
    pub(crate) async fn update_session(
        &self,
        key: &SessionKey,
        mut edit: impl FnMut(StoredSession) -> Result<Option<Edit>, StoreError>,
    ) -> Result<bool, StoreError> {
        match &self.sessions {
            SessionHome::Database => self.update_session_in_database(key, edit).await,
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => {
                while let Some(found) = redis.session(key).await? {
                    let Some(edited) = edit(self.opened(key, found.sealed)?)? else {
                        return Ok(false);
                    };
                    let sealed = self.sealed(key, &edited.session)?;
                    let columns = self.columns(key, &edited.index)?;
                    let indexes = redis::Indexes {
                        names: self.indexes(&columns),
                        all: self.all(&columns),
                        holder: columns.holder,
                    };
                    match redis.update(key, found.version, &sealed, &indexes).await? {
                        redis::Updated::Yes if edited.changes_sign_in && self.has_others() => {
                            let mut change = self.concurrent_change().await?;
                            change.session_changed(key);
                            change.commit().await?;
                            return Ok(true);
                        }
                        redis::Updated::Yes => return Ok(true),
                        redis::Updated::Ended => return Ok(false),
                        redis::Updated::ChangedMeanwhile => {}
                    }
                }
                Ok(false)
            }
        }
    }

    /// Notes when sessions were in use.
    pub(crate) async fn sessions_seen(
        &self,
        seen: &HashMap<SessionKey, Timestamp>,
    ) -> Result<(), StoreError> {
        match &self.sessions {
            SessionHome::Database => {
                let mut change = self.change().await?;
                for (key, at) in seen {
                    change.session_seen(key, *at).await?;
                }
                change.commit().await
            }
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => redis.seen(seen).await,
        }
    }

    /// Takes out up to `limit` sessions that have expired, where they are not in the database.
    /// Gives what each was; one that can't be read is nobody's.
    #[cfg(feature = "redis")]
    pub(crate) async fn take_expired_elsewhere(
        &self,
        limit: i64,
    ) -> Result<Vec<(SessionKey, Option<StoredSession>)>, StoreError> {
        let SessionHome::Redis(redis) = &self.sessions else {
            return Ok(Vec::new());
        };
        let everybody = self.index_of(&Whose::Everybody);
        let taken = redis.take_expired(&everybody, limit).await?;
        let taken = taken.into_iter().map(|(key, sealed)| {
            let session = self.opened(&key, sealed).ok();
            (key, session)
        });
        Ok(taken.collect())
    }

    /// Takes the lease of a session until a moment: one server at a time renews it at Okta. `false`
    /// while another server has it.
    pub(crate) async fn lease_session(
        &self,
        key: &SessionKey,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        match &self.sessions {
            SessionHome::Database => self.lease_session_in_database(key, until).await,
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => redis.lease(key, until).await,
        }
    }

    /// Gives back a lease that was taken until this moment, unless another server has it by now.
    pub(crate) async fn release_session(
        &self,
        key: &SessionKey,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        match &self.sessions {
            SessionHome::Database => self.release_session_in_database(key, until).await,
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => redis.release(key, until).await,
        }
    }

    /// Makes sure that sessions can be written, where they are not in the database.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    pub(crate) async fn check_sessions(&self) -> Result<(), StoreError> {
        match &self.sessions {
            SessionHome::Database => Ok(()),
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => redis.check().await,
        }
    }

    fn columns(&self, key: &SessionKey, index: &SessionIndex) -> Result<Columns, StoreError> {
        let owner = index.owner.as_ref();
        let okta_sid = owner.and_then(|owner| {
            let sid = owner.okta_sid.as_ref()?;
            Some(self.keyed_hash("okta_sid", &owner.issuer, sid))
        });
        Ok(Columns {
            person: owner.map_or_else(String::new, |owner| {
                self.keyed_hash("person", &owner.issuer, &owner.subject)
            }),
            okta_sid: okta_sid.unwrap_or_default(),
            email: self.email_column(index),
            connection_id: owner.map_or_else(String::new, |owner| owner.connection_id.clone()),
            since: index.since.0,
            holder: self.sealed_holder(key, index)?,
        })
    }

    fn email_column(&self, index: &SessionIndex) -> String {
        let hash = index.owner.as_ref().and_then(|owner| {
            let email = owner.email.as_ref()?;
            Some(self.email_hash(&owner.issuer, email))
        });
        hash.unwrap_or_else(|| NO_EMAIL.to_owned())
    }

    /// People and directories write the same address in different cases.
    fn email_hash(&self, issuer: &str, email: &str) -> String {
        self.keyed_hash("email", issuer, &email.to_lowercase())
    }

    /// One name of an issuer's, for one column. No two pairs make the same message.
    pub(super) fn keyed_hash(&self, column: &str, issuer: &str, name: &str) -> String {
        let length = issuer.len();
        let message = format!("okta_session/{column}/{length}/{issuer}/{name}");
        BASE64_URL_SAFE_NO_PAD.encode(self.tag(message.as_bytes()))
    }

    fn sealed(&self, key: &SessionKey, session: &StoredSession) -> Result<Sealed, StoreError> {
        Ok(Sealed {
            content: self.encrypt(&key.place(), &session.content)?,
            expires_at: session.expires_at.0,
            last_seen: session.last_seen.0,
        })
    }

    fn opened(&self, key: &SessionKey, sealed: Sealed) -> Result<StoredSession, StoreError> {
        let content = self.decrypt(&key.place(), &sealed.content)?;
        Ok(StoredSession {
            content: content.expose_secret().to_owned(),
            expires_at: Timestamp(sealed.expires_at),
            last_seen: Timestamp(sealed.last_seen),
        })
    }
}
