//! Whose sessions there are, the newest first.

use std::{fmt, net::IpAddr};

use okta_types::{Actor, Timestamp};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{SessionHome, SessionIndex, SessionKey};
use crate::store::{Store, StoreError, Whose, now};

/// For a session that nobody is signed in with, to be told from one that is yet to be indexed.
const NOBODY: &str = "-";

/// What a list shows of a session: encrypted beside its content, which is far larger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SessionHolder {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) connection: String,
    /// In words.
    pub(crate) browser: String,
    pub(crate) address: Option<IpAddr>,
}

impl From<&SessionHolder> for Actor {
    fn from(holder: &SessionHolder) -> Self {
        Self::Person {
            issuer: holder.issuer.clone(),
            subject: holder.subject.clone(),
            name: holder.name.clone(),
        }
    }
}

/// A session in a list.
pub(crate) struct FoundSession {
    pub(crate) key: SessionKey,
    /// Nothing where nobody is signed in with it, or where it can't be read.
    pub(crate) holder: Option<SessionHolder>,
    pub(crate) connection_id: String,
    pub(crate) since: Timestamp,
    pub(crate) last_seen: Timestamp,
}

/// When a session was in use last.
pub(crate) struct SessionUse {
    pub(crate) key: SessionKey,
    pub(crate) connection_id: String,
    since: Timestamp,
    pub(crate) last_seen: Timestamp,
}

/// A session that has ended together with others.
pub(crate) struct EndedSession {
    pub(crate) key: SessionKey,
    /// Encrypted.
    pub(super) holder: String,
    /// Encrypted. Empty of one among [so many](Whose::may_be_everybody) that it isn't read.
    pub(super) content: String,
}

/// Where a part of the list ends. It stays the same whatever starts or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionPlace {
    pub(super) since: i64,
    pub(super) key: SessionKey,
}

impl FoundSession {
    pub(crate) fn place(&self) -> SessionPlace {
        SessionPlace::of(self.since, &self.key)
    }
}

impl SessionUse {
    pub(crate) fn place(&self) -> SessionPlace {
        SessionPlace::of(self.since, &self.key)
    }
}

impl SessionPlace {
    fn of(since: Timestamp, key: &SessionKey) -> Self {
        Self {
            since: since.0,
            key: key.clone(),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (since, key) = text.split_once('.')?;
        Some(Self {
            since: since.parse().ok()?,
            key: SessionKey::named(key)?,
        })
    }
}

impl fmt::Display for SessionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.since, self.key.0)
    }
}

impl Store {
    /// A person's sessions that have not expired, the newest first.
    pub(crate) async fn sessions_of(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Vec<FoundSession>, StoreError> {
        match &self.sessions {
            SessionHome::Database => {
                let rows = sqlx::query(
                    "SELECT id_hash, holder, connection_id, since, last_seen FROM okta_session \
                     WHERE person = $1 AND expires_at > $2 ORDER BY since DESC, id_hash DESC",
                )
                .bind(self.keyed_hash("person", issuer, subject))
                .bind(now().0)
                .fetch_all(&self.pool)
                .await?;
                rows.iter().map(|row| self.found(row)).collect()
            }
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => {
                let person = Whose::Person {
                    issuer: issuer.to_owned(),
                    subject: subject.to_owned(),
                };
                let found = redis.find(&self.index_of(&person)).await?;
                let found = found.into_iter().map(|found| self.found_in_redis(found));
                let mut sessions: Vec<_> = found.collect();
                sessions.sort_by(|a, b| (b.since, &b.key.0).cmp(&(a.since, &a.key.0)));
                Ok(sessions)
            }
        }
    }

    /// Whether there are sessions of theirs.
    pub(crate) async fn has_sessions_of(&self, whose: &Whose) -> Result<bool, StoreError> {
        #[cfg(feature = "redis")]
        if let SessionHome::Redis(redis) = &self.sessions
            && !redis.find(&self.index_of(whose)).await?.is_empty()
        {
            return Ok(true);
        }
        self.has_sessions_in_database_of(whose).await
    }

    /// Up to `limit` sessions that somebody is signed in with, the newest first, beyond a place. Of
    /// one connection, as far as the sessions can be told apart where they are kept.
    pub(crate) async fn sessions_before(
        &self,
        place: Option<&SessionPlace>,
        connection_id: Option<&str>,
        limit: usize,
    ) -> Result<Vec<FoundSession>, StoreError> {
        match &self.sessions {
            SessionHome::Database => {
                let (since, key) =
                    place.map_or((i64::MAX, ""), |place| (place.since, &*place.key.0));
                let of = match connection_id {
                    Some(_) => "AND connection_id = $5",
                    None => "",
                };
                let select = format!(
                    "SELECT id_hash, holder, connection_id, since, last_seen FROM okta_session \
                     WHERE person <> '' AND expires_at > $1 AND (since, id_hash) < ($2, $3) {of} \
                     ORDER BY since DESC, id_hash DESC LIMIT $4"
                );
                let select = sqlx::query(AssertSqlSafe(select))
                    .bind(now().0)
                    .bind(since)
                    .bind(key)
                    .bind(limit as i64);
                let select = match connection_id {
                    Some(id) => select.bind(id),
                    None => select,
                };
                let rows = select.fetch_all(&self.pool).await?;
                rows.iter().map(|row| self.found(row)).collect()
            }
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => {
                let found = redis.page(&self.all_by_beginning(), place, limit).await?;
                let found = found.into_iter().map(|found| self.found_in_redis(found));
                Ok(found.collect())
            }
        }
    }

    /// Up to `limit` sessions of the database that somebody signed in with by a moment, the oldest
    /// first, beyond a place. For going through all of them: nobody waits for this.
    pub(crate) async fn sessions_after(
        &self,
        place: Option<&SessionPlace>,
        by: Timestamp,
        limit: i64,
    ) -> Result<Vec<SessionUse>, StoreError> {
        let (since, key) = place.map_or((i64::MIN, ""), |place| (place.since, &*place.key.0));
        let rows = sqlx::query(
            "SELECT id_hash, connection_id, since, last_seen FROM okta_session \
             WHERE person <> '' AND since <= $1 AND (since, id_hash) > ($2, $3) \
             ORDER BY since, id_hash LIMIT $4",
        )
        .bind(by.0)
        .bind(since)
        .bind(key)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let found = rows.iter().map(|row| {
            Ok(SessionUse {
                key: SessionKey(row.try_get("id_hash")?),
                connection_id: row.try_get("connection_id")?,
                since: Timestamp(row.try_get("since")?),
                last_seen: Timestamp(row.try_get("last_seen")?),
            })
        });
        found.collect()
    }

    /// Whose session this is, unless it has expired.
    pub(crate) async fn session_holder(
        &self,
        key: &SessionKey,
    ) -> Result<Option<SessionHolder>, StoreError> {
        let sealed = match &self.sessions {
            SessionHome::Database => {
                let row = sqlx::query(
                    "SELECT holder FROM okta_session WHERE id_hash = $1 AND expires_at > $2",
                )
                .bind(&key.0)
                .bind(now().0)
                .fetch_optional(&self.pool)
                .await?;
                row.map(|row| row.try_get("holder")).transpose()?
            }
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => redis.holder(key).await?,
        };
        Ok(sealed.and_then(|sealed: String| self.opened_holder(key, &sealed)))
    }

    /// Whose session it was.
    pub(crate) fn holder_of(&self, ended: &EndedSession) -> Option<SessionHolder> {
        self.opened_holder(&ended.key, &ended.holder)
    }

    /// What it was, as JSON, if that was read.
    pub(crate) fn content_of(&self, ended: &EndedSession) -> Option<String> {
        if ended.content.is_empty() {
            return None;
        }
        let content = self.decrypt(&ended.key.place(), &ended.content).ok()?;
        Some(content.expose_secret().to_owned())
    }

    pub(super) fn sealed_holder(
        &self,
        key: &SessionKey,
        index: &SessionIndex,
    ) -> Result<String, StoreError> {
        match &index.holder {
            Some(holder) => {
                let holder = serde_json::json!(holder).to_string();
                self.encrypt(&place_of_holder(key), &holder)
            }
            None => Ok(NOBODY.to_owned()),
        }
    }

    pub(super) fn opened_holder(&self, key: &SessionKey, sealed: &str) -> Option<SessionHolder> {
        if sealed.is_empty() || sealed == NOBODY {
            return None;
        }
        let holder = self.decrypt(&place_of_holder(key), sealed).ok()?;
        serde_json::from_str(holder.expose_secret()).ok()
    }

    fn found(&self, row: &AnyRow) -> Result<FoundSession, StoreError> {
        let key = SessionKey(row.try_get("id_hash")?);
        Ok(FoundSession {
            holder: self.opened_holder(&key, row.try_get("holder")?),
            key,
            connection_id: row.try_get("connection_id")?,
            since: Timestamp(row.try_get("since")?),
            last_seen: Timestamp(row.try_get("last_seen")?),
        })
    }

    #[cfg(feature = "redis")]
    fn found_in_redis(&self, found: super::redis::Indexed) -> FoundSession {
        FoundSession {
            holder: self.opened_holder(&found.key, &found.holder),
            key: found.key,
            connection_id: found.connection_id,
            since: found.since,
            last_seen: found.last_seen,
        }
    }
}

fn place_of_holder(key: &SessionKey) -> String {
    format!("{}/holder", key.place())
}

#[cfg(test)]
mod tests {
    use tower_sessions::session::Id;

    use super::*;

    #[test]
    fn only_a_place_of_ours_is_one() {
        let place = SessionPlace {
            since: 7,
            key: SessionKey::of(&Id(1)),
        };
        assert_eq!(SessionPlace::parse(&place.to_string()), Some(place));
        for nonsense in ["", "7", "7.", "x.y", "7.okta:session:*", "7.ä"] {
            assert_eq!(SessionPlace::parse(nonsense), None, "{nonsense}");
        }
    }
}
