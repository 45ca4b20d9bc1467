//! Sessions: found by a hash of their id, their content encrypted. Whoever reads the database, or a
//! backup of it, can take over none.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};
use tower_sessions::session::Id;

use super::{Change, Store, StoreError, now};

/// What the database knows of a session id. The id has 128 random bits, so a plain hash cannot be
/// searched.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SessionKey(pub(super) String);

impl SessionKey {
    pub(crate) fn of(id: &Id) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id.0.to_le_bytes())))
    }

    pub(super) fn place(&self) -> String {
        format!("okta_session/{}", self.0)
    }
}

/// What is kept of a session: JSON, when it ends, and when it was in use last.
pub(crate) struct StoredSession {
    pub(crate) content: String,
    pub(crate) expires_at: Timestamp,
    /// Changed by [`Change::session_seen`] alone.
    pub(crate) last_seen: Timestamp,
}

/// What a session is found by, beside its id.
#[derive(Clone)]
pub(crate) struct SessionIndex {
    /// Nobody, as long as nobody is signed in with it.
    pub(crate) owner: Option<SessionOwner>,
    pub(crate) since: Timestamp,
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

/// One of a person's sessions.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "for the list of a person's sessions")
)]
pub(crate) struct FoundSession {
    pub(crate) key: SessionKey,
    pub(crate) session: StoredSession,
    pub(crate) connection_id: String,
    pub(crate) since: Timestamp,
    pub(crate) last_seen: Timestamp,
}

/// An index as its columns hold it. Whose it is is hashed with the app's key, so that
/// without it the table does not even tell whether somebody in particular has a session.
#[derive(Default)]
struct Columns {
    person: String,
    okta_sid: String,
    email: String,
    connection_id: String,
    since: i64,
}

/// For the e-mail of whoever has none, to be told from one that is yet to be indexed.
const NO_EMAIL: &str = "-";

impl Store {
    fn columns(&self, index: &SessionIndex) -> Columns {
        let owner = index.owner.as_ref();
        let okta_sid = owner.and_then(|owner| {
            let sid = owner.okta_sid.as_ref()?;
            Some(self.keyed_hash("okta_sid", &owner.issuer, sid))
        });
        Columns {
            person: owner.map_or_else(String::new, |owner| {
                self.keyed_hash("person", &owner.issuer, &owner.subject)
            }),
            okta_sid: okta_sid.unwrap_or_default(),
            email: self.email_column(index),
            connection_id: owner.map_or_else(String::new, |owner| owner.connection_id.clone()),
            since: index.since.0,
        }
    }

    fn email_column(&self, index: &SessionIndex) -> String {
        let hash = index.owner.as_ref().and_then(|owner| {
            let email = owner.email.as_ref()?;
            Some(self.email_hash(&owner.issuer, email))
        });
        hash.unwrap_or_else(|| NO_EMAIL.to_owned())
    }

    /// People and directories write the same address in different cases.
    pub(super) fn email_hash(&self, issuer: &str, email: &str) -> String {
        self.keyed_hash("email", issuer, &email.to_lowercase())
    }

    /// One name of an issuer's, for one column. No two pairs make the same message.
    pub(super) fn keyed_hash(&self, column: &str, issuer: &str, name: &str) -> String {
        let length = issuer.len();
        let message = format!("okta_session/{column}/{length}/{issuer}/{name}");
        BASE64_URL_SAFE_NO_PAD.encode(self.tag(message.as_bytes()))
    }

    pub(crate) async fn session(
        &self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(select(""))).bind(&key.0);
        let row = row.bind(now().0).fetch_optional(&self.pool).await?;
        row.map(|row| self.stored(key, &row)).transpose()
    }

    /// Some that a server wrote that knows nothing of the index, or not of the e-mail in it.
    pub(crate) async fn sessions_to_index(
        &self,
        limit: i64,
    ) -> Result<Vec<(SessionKey, Result<StoredSession, StoreError>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT id_hash, content, expires_at, last_seen FROM okta_session \
             WHERE since = 0 OR email = '' LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let found = rows.iter().map(|row| {
            let key = SessionKey(row.try_get("id_hash")?);
            let session = self.stored(&key, row);
            Ok((key, session))
        });
        found.collect()
    }

    /// A person's sessions that have not expired, the newest first.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for the list of a person's sessions")
    )]
    pub(crate) async fn sessions_of(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Vec<FoundSession>, StoreError> {
        let rows = sqlx::query(
            "SELECT id_hash, content, expires_at, connection_id, since, last_seen FROM okta_session \
             WHERE person = $1 AND expires_at > $2 ORDER BY since DESC, id_hash",
        )
        .bind(self.keyed_hash("person", issuer, subject))
        .bind(now().0)
        .fetch_all(&self.pool)
        .await?;
        let found = rows.iter().map(|row| {
            let key = SessionKey(row.try_get("id_hash")?);
            Ok(FoundSession {
                session: self.stored(&key, row)?,
                key,
                connection_id: row.try_get("connection_id")?,
                since: Timestamp(row.try_get("since")?),
                last_seen: Timestamp(row.try_get("last_seen")?),
            })
        });
        found.collect()
    }

    fn stored(&self, key: &SessionKey, row: &AnyRow) -> Result<StoredSession, StoreError> {
        let content = self.decrypt(&key.place(), row.try_get("content")?)?;
        Ok(StoredSession {
            content: content.expose_secret().to_owned(),
            expires_at: Timestamp(row.try_get("expires_at")?),
            last_seen: Timestamp(row.try_get("last_seen")?),
        })
    }
}

fn select(suffix: &str) -> String {
    format!(
        "SELECT content, expires_at, last_seen FROM okta_session WHERE id_hash = $1 AND expires_at > $2{suffix}"
    )
}

impl Change<'_> {
    /// What is stored now, and by nobody else before this change ends.
    pub(crate) async fn session(
        &mut self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        let sql = select(self.store.database.for_update());
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(&key.0)
            .bind(now().0)
            .fetch_optional(&mut *self.transaction)
            .await?;
        row.map(|row| self.store.stored(key, &row)).transpose()
    }

    /// `false` when there is a session with this id. Without an index it is yet to be
    /// [indexed](Self::index_session).
    pub(crate) async fn insert_session(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
        index: Option<&SessionIndex>,
    ) -> Result<bool, StoreError> {
        let content = self.store.encrypt(&key.place(), &session.content)?;
        let columns = index.map(|index| self.store.columns(index));
        let columns = columns.unwrap_or_default();
        let inserted = sqlx::query(
            "INSERT INTO okta_session \
             (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen, email) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id_hash) DO NOTHING",
        )
        .bind(&key.0)
        .bind(content)
        .bind(session.expires_at.0)
        .bind(columns.person)
        .bind(columns.okta_sid)
        .bind(columns.connection_id)
        .bind(columns.since)
        .bind(session.last_seen.0)
        .bind(columns.email)
        .execute(&mut *self.transaction)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// Writes the index of a session that has none yet, or none of its e-mail.
    pub(crate) async fn index_session(
        &mut self,
        key: &SessionKey,
        index: &SessionIndex,
    ) -> Result<(), StoreError> {
        let columns = self.store.columns(index);
        sqlx::query(
            "UPDATE okta_session SET person = $2, okta_sid = $3, connection_id = $4, email = $6, \
             last_seen = CASE WHEN since = 0 THEN $5 ELSE last_seen END, \
             since = CASE WHEN since = 0 THEN $5 ELSE since END \
             WHERE id_hash = $1 AND (since = 0 OR email = '')",
        )
        .bind(&key.0)
        .bind(columns.person)
        .bind(columns.okta_sid)
        .bind(columns.connection_id)
        .bind(columns.since)
        .bind(columns.email)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Changes a session that there is. One that has ended meanwhile stays ended. Whose it is stays
    /// the same, except for the e-mail.
    pub(crate) async fn update_session(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
        index: &SessionIndex,
    ) -> Result<(), StoreError> {
        let content = self.store.encrypt(&key.place(), &session.content)?;
        let update = "UPDATE okta_session SET content = $2, expires_at = $3, email = $4 \
                      WHERE id_hash = $1";
        sqlx::query(update)
            .bind(&key.0)
            .bind(content)
            .bind(session.expires_at.0)
            .bind(self.store.email_column(index))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Notes that a session was in use.
    pub(crate) async fn session_seen(
        &mut self,
        key: &SessionKey,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE okta_session SET last_seen = $2 WHERE id_hash = $1 AND last_seen < $2")
            .bind(&key.0)
            .bind(at.0)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// `false` when there is none.
    pub(crate) async fn delete_session(&mut self, key: &SessionKey) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM okta_session WHERE id_hash = $1")
            .bind(&key.0)
            .execute(&mut *self.transaction)
            .await?;
        self.news.session_ended(key);
        Ok(deleted.rows_affected() > 0)
    }

    /// Sessions that have expired, and those of a connection that were not in use after a moment. At
    /// most `limit` of them.
    pub(crate) async fn sessions_that_are_over(
        &mut self,
        unused: Option<(&str, Timestamp)>,
        limit: i64,
    ) -> Result<Vec<(SessionKey, Result<StoredSession, StoreError>)>, StoreError> {
        let (connection_id, since) = unused.unwrap_or(("", Timestamp(i64::MIN)));
        let rows = sqlx::query(
            "SELECT id_hash, content, expires_at, last_seen FROM okta_session \
             WHERE expires_at <= $1 OR (connection_id = $2 AND person <> '' AND last_seen <= $3) LIMIT $4",
        )
        .bind(now().0)
        .bind(connection_id)
        .bind(since.0)
        .bind(limit)
        .fetch_all(&mut *self.transaction)
        .await?;
        let found = rows.iter().map(|row| {
            let key = SessionKey(row.try_get("id_hash")?);
            let session = self.store.stored(&key, row);
            Ok((key, session))
        });
        found.collect()
    }
}

/// One server at a time renews a session at Okta.
impl Store {
    /// Takes the lease of a session until a moment. `false` while another server has it.
    pub(crate) async fn lease_session(
        &self,
        key: &SessionKey,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.concurrent_change().await?;
        let taken = sqlx::query(
            "UPDATE okta_session SET leased_until = $2 WHERE id_hash = $1 AND leased_until <= $3",
        )
        .bind(&key.0)
        .bind(until.0)
        .bind(now().0)
        .execute(&mut *change.transaction)
        .await?;
        change.commit().await?;
        Ok(taken.rows_affected() > 0)
    }

    /// Gives back a lease that was taken until this moment, unless another server has it by now.
    pub(crate) async fn release_session(
        &self,
        key: &SessionKey,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.concurrent_change().await?;
        sqlx::query(
            "UPDATE okta_session SET leased_until = 0 WHERE id_hash = $1 AND leased_until = $2",
        )
        .bind(&key.0)
        .bind(until.0)
        .execute(&mut *change.transaction)
        .await?;
        change.commit().await
    }
}
