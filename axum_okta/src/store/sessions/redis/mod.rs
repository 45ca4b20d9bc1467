//! Sessions in Redis or Valkey. Each is a hash that expires by itself, if it isn't swept before.
//! What a person's sessions are found by are sorted sets, by when each session expires. Scripts
//! change a session and its indexes together.

mod connection;
mod uncommitted;

use std::collections::HashMap;

use okta_types::Timestamp;
use redis::{Cmd, ToRedisArgs, cmd};

pub(super) use connection::Address;
pub(in crate::store) use connection::Redis;
pub(in crate::store) use uncommitted::Uncommitted;

use super::{
    Columns, EndedSession, NO_EMAIL, Sealed, SessionIndex, SessionKey, SessionPlace, StoredSession,
};
use crate::{
    random_token,
    store::{Store, StoreError, Whose, now},
};

const SESSION: &str = "okta:session:";
const INDEX: &str = "okta:index:";

/// How many sessions one script handles, so that nobody waits for it.
const AT_ONCE: usize = 500;
/// How many seconds what has expired is kept, to be swept: longer than from one sweep to the next.
const KEPT: i64 = 2 * 60 * 60;

/// A session that is not written yet.
pub(in crate::store) struct NewSession {
    key: SessionKey,
    sealed: Sealed,
    columns: Columns,
    indexes: Vec<String>,
    /// Where all sessions are by when they began, if it is one of them.
    all: String,
}

/// A session, and which version of it this is.
pub(super) struct Versioned {
    pub(super) sealed: Sealed,
    pub(super) version: i64,
}

impl Versioned {
    fn is_alive(&self) -> bool {
        self.sealed.expires_at > now().0
    }
}

/// Where a session is to be found after a change.
pub(super) struct Indexes {
    pub(super) names: Vec<String>,
    pub(super) all: String,
    /// Encrypted.
    pub(super) holder: String,
}

pub(super) enum Updated {
    Yes,
    Ended,
    ChangedMeanwhile,
}

/// One of the sessions of an index.
pub(super) struct Indexed {
    pub(super) key: SessionKey,
    /// Encrypted.
    pub(super) holder: String,
    pub(super) connection_id: String,
    pub(super) since: Timestamp,
    pub(super) last_seen: Timestamp,
}

impl Store {
    pub(in crate::store) fn new_session(
        &self,
        key: &SessionKey,
        session: &StoredSession,
        index: Option<&SessionIndex>,
    ) -> Result<NewSession, StoreError> {
        let columns = match index {
            Some(index) => self.columns(key, index)?,
            None => Columns::default(),
        };
        Ok(NewSession {
            key: key.clone(),
            sealed: self.sealed(key, session)?,
            indexes: self.indexes(&columns),
            all: self.all(&columns),
            columns,
        })
    }

    pub(super) fn indexes(&self, columns: &Columns) -> Vec<String> {
        if columns.person.is_empty() {
            return Vec::new();
        }
        let connection = Whose::Connection(columns.connection_id.clone());
        let mut indexes = vec![
            index(&columns.person),
            self.index_of(&connection),
            self.index_of(&Whose::Everybody),
        ];
        if !columns.okta_sid.is_empty() {
            indexes.push(index(&columns.okta_sid));
        }
        if columns.email != NO_EMAIL {
            indexes.push(index(&columns.email));
        }
        indexes
    }

    /// Where all sessions are by when they began, if it is one of them.
    pub(super) fn all(&self, columns: &Columns) -> String {
        match columns.person.is_empty() {
            true => String::new(),
            false => self.all_by_beginning(),
        }
    }

    pub(in crate::store) fn all_by_beginning(&self) -> String {
        index(&self.keyed_hash("all", "", ""))
    }

    /// The name of the index in which these sessions are. It is hashed with the app's key, so that
    /// apps with keys of their own can share a server.
    pub(in crate::store) fn index_of(&self, whose: &Whose) -> String {
        index(&match whose {
            Whose::Person { issuer, subject } => self.keyed_hash("person", issuer, subject),
            Whose::OktaSession { issuer, sid } => self.keyed_hash("okta_sid", issuer, sid),
            Whose::Email { issuer, email } => self.email_hash(issuer, email),
            Whose::Connection(id) => self.keyed_hash("connection", "", id),
            Whose::Everybody => self.keyed_hash("everybody", "", ""),
        })
    }
}

impl Redis {
    pub(super) async fn session(&self, key: &SessionKey) -> Result<Option<Versioned>, StoreError> {
        let mut get = cmd("HMGET");
        get.arg(place(key))
            .arg(&["content", "expires_at", "last_seen", "version"]);
        let found: (Option<String>, Option<i64>, Option<i64>, Option<i64>) = self.ask(&get).await?;
        let (Some(content), Some(expires_at), Some(last_seen), Some(version)) = found else {
            return Ok(None);
        };
        let found = Versioned::from((content, expires_at, last_seen, version));
        Ok(Some(found).filter(Versioned::is_alive))
    }

    /// `false` when there is one with this id.
    pub(in crate::store) async fn insert(&self, new: &NewSession) -> Result<bool, StoreError> {
        let keys = [&[place(&new.key)], &*new.indexes].concat();
        let mut insert = script(include_str!("insert.lua"), &keys);
        insert.arg(&new.key.0);
        insert.arg(&new.sealed.content).arg(new.sealed.expires_at);
        insert.arg(now().0);
        insert
            .arg(&new.columns.connection_id)
            .arg(new.columns.since)
            .arg(new.sealed.last_seen);
        insert.arg(&new.columns.holder).arg(&new.all).arg(KEPT);
        self.ask(&insert).await
    }

    pub(super) async fn update(
        &self,
        key: &SessionKey,
        version: i64,
        sealed: &Sealed,
        indexes: &Indexes,
    ) -> Result<Updated, StoreError> {
        let keys = [&[place(key)], &*indexes.names].concat();
        let mut update = script(include_str!("update.lua"), &keys);
        update.arg(&key.0).arg(version);
        update.arg(&sealed.content).arg(sealed.expires_at);
        update.arg(now().0).arg(&indexes.holder);
        update.arg(&indexes.all).arg(KEPT);
        Ok(match self.ask(&update).await? {
            1 => Updated::Yes,
            0 => Updated::ChangedMeanwhile,
            _ => Updated::Ended,
        })
    }

    pub(super) async fn take(&self, key: &SessionKey) -> Result<Option<Versioned>, StoreError> {
        let mut take = forgetting(include_str!("take.lua"), &[place(key)]);
        take.arg(&key.0);
        let taken: Option<(String, i64, i64, i64)> = self.ask(&take).await?;
        Ok(taken.map(Versioned::from).filter(Versioned::is_alive))
    }

    /// Deletes all sessions of an index. Gives which. Without `with_content`, it isn't read.
    pub(super) async fn take_all(
        &self,
        index: &str,
        with_content: bool,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let mut some = cmd("ZRANGEBYSCORE");
        some.arg(index).arg(format!("({}", now().0)).arg("+inf");
        some.arg("LIMIT").arg(0).arg(AT_ONCE);
        let mut all = Vec::new();
        loop {
            let found: Vec<String> = self.ask(&some).await?;
            if found.is_empty() {
                return Ok(all);
            }
            let mut take = forgetting(include_str!("take_indexed.lua"), &[index]);
            take.arg(SESSION).arg(i32::from(with_content));
            for key in &found {
                take.arg(key);
            }
            let taken: Vec<(String, String, String)> = self.ask(&take).await?;
            let taken = taken
                .into_iter()
                .map(|(key, holder, content)| EndedSession {
                    key: SessionKey(key),
                    holder,
                    content,
                });
            all.extend(taken);
        }
    }

    /// Deletes up to `limit` sessions of an index that have expired. Gives what they were.
    pub(super) async fn take_expired(
        &self,
        index: &str,
        limit: i64,
    ) -> Result<Vec<(SessionKey, Sealed)>, StoreError> {
        let mut take = forgetting(include_str!("take_expired.lua"), &[index]);
        take.arg(SESSION).arg(now().0).arg(limit);
        let taken: Vec<(String, String, i64, i64)> = self.ask(&take).await?;
        let taken = taken
            .into_iter()
            .map(|(key, content, expires_at, last_seen)| {
                let sealed = Sealed {
                    content,
                    expires_at,
                    last_seen,
                };
                (SessionKey(key), sealed)
            });
        Ok(taken.collect())
    }

    /// The sessions of an index that have not expired.
    pub(super) async fn find(&self, index: &str) -> Result<Vec<Indexed>, StoreError> {
        let mut find = script(include_str!("find.lua"), &[index]);
        find.arg(SESSION).arg(now().0);
        self.ask_for_some(&find).await
    }

    /// Up to `limit` sessions by when they began, the newest first, beyond a place.
    pub(super) async fn page(
        &self,
        all: &str,
        place: Option<&SessionPlace>,
        limit: usize,
    ) -> Result<Vec<Indexed>, StoreError> {
        let (since, key) = place.map_or((0, ""), |place| (place.since, &*place.key.0));
        let mut page = script(include_str!("page.lua"), &[all]);
        page.arg(SESSION).arg(now().0).arg(limit);
        page.arg(since).arg(key);
        self.ask_for_some(&page).await
    }

    async fn ask_for_some(&self, script: &Cmd) -> Result<Vec<Indexed>, StoreError> {
        let found: Vec<(String, String, String, i64, i64)> = self.ask(script).await?;
        let found = found
            .into_iter()
            .map(|(key, holder, connection_id, since, last_seen)| Indexed {
                key: SessionKey(key),
                holder,
                connection_id,
                since: Timestamp(since),
                last_seen: Timestamp(last_seen),
            });
        Ok(found.collect())
    }

    /// Encrypted; nothing where there is no such session.
    pub(super) async fn holder(&self, key: &SessionKey) -> Result<Option<String>, StoreError> {
        let mut get = cmd("HMGET");
        get.arg(place(key)).arg(&["holder", "expires_at"]);
        let (holder, expires_at): (Option<String>, Option<i64>) = self.ask(&get).await?;
        Ok(holder.filter(|_| expires_at.is_some_and(|expires_at| expires_at > now().0)))
    }

    /// `false` while another server has the lease. It is no change of the session, so it comes in
    /// nobody's way.
    pub(super) async fn lease(
        &self,
        key: &SessionKey,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut lease = script(include_str!("lease.lua"), &[place(key)]);
        // Asked again because an answer was lost, it is the same server that asks.
        lease.arg(until.0).arg(now().0).arg(random_token());
        self.ask(&lease).await
    }

    pub(super) async fn release(
        &self,
        key: &SessionKey,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut release = script(include_str!("release.lua"), &[place(key)]);
        release.arg(until.0);
        self.ask(&release).await
    }

    pub(super) async fn seen(
        &self,
        seen: &HashMap<SessionKey, Timestamp>,
    ) -> Result<(), StoreError> {
        let all: Vec<_> = seen.iter().collect();
        for some in all.chunks(AT_ONCE) {
            let keys: Vec<String> = some.iter().map(|(key, _)| place(key)).collect();
            let mut note = script(include_str!("seen.lua"), &keys);
            for (_, at) in some {
                note.arg(at.0);
            }
            self.ask::<()>(&note).await?;
        }
        Ok(())
    }
}

impl From<(String, i64, i64, i64)> for Versioned {
    fn from((content, expires_at, last_seen, version): (String, i64, i64, i64)) -> Self {
        let sealed = Sealed {
            content,
            expires_at,
            last_seen,
        };
        Self { sealed, version }
    }
}

fn place(key: &SessionKey) -> String {
    format!("{SESSION}{}", key.0)
}

fn index(hash: &str) -> String {
    format!("{INDEX}{hash}")
}

/// With its text each time: the server compiles it once.
fn script(text: &str, keys: &[impl ToRedisArgs]) -> Cmd {
    let mut script = cmd("EVAL");
    script.arg(text).arg(keys.len()).arg(keys);
    script
}

/// The same of a script that takes sessions out.
fn forgetting(text: &str, keys: &[impl ToRedisArgs]) -> Cmd {
    script(&format!("{}{text}", include_str!("forget.lua")), keys)
}
