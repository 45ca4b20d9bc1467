//! Sessions in the database.

use okta_types::Timestamp;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{Columns, Edit, EndedSession, Sealed, SessionIndex, SessionKey, StoredSession};
use crate::store::{Change, Store, StoreError, Whose, now};

/// SQLite uses its indexes of these rows for one condition at a time, and would read all rows for
/// `OR`.
const TO_INDEX: &str = "\
    SELECT id_hash, content, expires_at, last_seen FROM okta_session WHERE id_hash IN \
    (SELECT id_hash FROM okta_session WHERE since = 0 \
    UNION ALL SELECT id_hash FROM okta_session WHERE email = '' \
    UNION ALL SELECT id_hash FROM okta_session WHERE holder = '') LIMIT $1";

impl Store {
    pub(super) async fn session_in_database(
        &self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        let row = sqlx::query(AssertSqlSafe(select(""))).bind(&key.0);
        let row = row.bind(now().0).fetch_optional(&self.pool).await?;
        row.map(|row| self.stored(key, &row)).transpose()
    }

    /// Some that a server wrote that knows nothing of the index, or not of all that is in it.
    pub(crate) async fn sessions_to_index(
        &self,
        limit: i64,
    ) -> Result<Vec<(SessionKey, Result<StoredSession, StoreError>)>, StoreError> {
        let rows = sqlx::query(TO_INDEX)
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

    fn stored(&self, key: &SessionKey, row: &AnyRow) -> Result<StoredSession, StoreError> {
        let sealed = Sealed {
            content: row.try_get("content")?,
            expires_at: row.try_get("expires_at")?,
            last_seen: row.try_get("last_seen")?,
        };
        self.opened(key, sealed)
    }

    pub(super) async fn update_session_in_database(
        &self,
        key: &SessionKey,
        edit: impl FnOnce(StoredSession) -> Result<Option<Edit>, StoreError>,
    ) -> Result<bool, StoreError> {
        let mut change = self.concurrent_change().await?;
        let Some(found) = change.session(key).await? else {
            return Ok(false);
        };
        let Some(edited) = edit(found)? else {
            return Ok(false);
        };
        change
            .update_session(key, &edited.session, &edited.index)
            .await?;
        if edited.changes_sign_in {
            change.session_changed(key);
        }
        change.commit().await?;
        Ok(true)
    }
}

fn select(suffix: &str) -> String {
    format!(
        "SELECT content, expires_at, last_seen FROM okta_session WHERE id_hash = $1 AND expires_at > $2{suffix}"
    )
}

impl Change<'_> {
    /// What is stored now, and by nobody else before this change ends.
    async fn session(&mut self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        let sql = select(self.store.database.for_update());
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(&key.0)
            .bind(now().0)
            .fetch_optional(&mut *self.transaction)
            .await?;
        row.map(|row| self.store.stored(key, &row)).transpose()
    }

    pub(in crate::store) async fn insert_session_in_database(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
        index: Option<&SessionIndex>,
    ) -> Result<bool, StoreError> {
        let sealed = self.store.sealed(key, session)?;
        let columns = match index {
            Some(index) => self.store.columns(key, index)?,
            None => Columns::default(),
        };
        let inserted = sqlx::query(
            "INSERT INTO okta_session \
             (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen, email, \
             holder) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id_hash) DO NOTHING",
        )
        .bind(&key.0)
        .bind(sealed.content)
        .bind(sealed.expires_at)
        .bind(columns.person)
        .bind(columns.okta_sid)
        .bind(columns.connection_id)
        .bind(columns.since)
        .bind(session.last_seen.0)
        .bind(columns.email)
        .bind(columns.holder)
        .execute(&mut *self.transaction)
        .await?;
        Ok(inserted.rows_affected() > 0)
    }

    /// Writes the index of a session that has none yet, or not all of it.
    pub(crate) async fn index_session(
        &mut self,
        key: &SessionKey,
        index: &SessionIndex,
    ) -> Result<(), StoreError> {
        let columns = self.store.columns(key, index)?;
        sqlx::query(
            "UPDATE okta_session SET person = $2, okta_sid = $3, connection_id = $4, email = $6, \
             holder = $7, \
             last_seen = CASE WHEN since = 0 AND last_seen < $5 THEN $5 ELSE last_seen END, \
             since = CASE WHEN since = 0 THEN $5 ELSE since END \
             WHERE id_hash = $1 AND (since = 0 OR email = '' OR holder = '')",
        )
        .bind(&key.0)
        .bind(columns.person)
        .bind(columns.okta_sid)
        .bind(columns.connection_id)
        .bind(columns.since)
        .bind(columns.email)
        .bind(columns.holder)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Whose it is stays the same, except for the email, the name, and the issuer's session.
    async fn update_session(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
        index: &SessionIndex,
    ) -> Result<(), StoreError> {
        let sealed = self.store.sealed(key, session)?;
        let columns = self.store.columns(key, index)?;
        sqlx::query(
            "UPDATE okta_session SET content = $2, expires_at = $3, email = $4, holder = $5, \
             okta_sid = CASE WHEN $6 = '' THEN okta_sid ELSE $6 END WHERE id_hash = $1",
        )
        .bind(&key.0)
        .bind(sealed.content)
        .bind(sealed.expires_at)
        .bind(columns.email)
        .bind(columns.holder)
        .bind(columns.okta_sid)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    pub(super) async fn session_seen(
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

    pub(super) async fn take_session_in_database(
        &mut self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        let deleted = sqlx::query(
            "DELETE FROM okta_session WHERE id_hash = $1 RETURNING content, expires_at, last_seen",
        )
        .bind(&key.0)
        .fetch_optional(&mut *self.transaction)
        .await?;
        // One that can't be read ends, too.
        let session = deleted.and_then(|row| self.store.stored(key, &row).ok());
        Ok(session.filter(|session| session.expires_at > now()))
    }

    pub(super) async fn delete_sessions_in_database_of(
        &mut self,
        whose: &Whose,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let (condition, value) = self.store.condition(whose);
        let content = match whose.may_be_everybody() {
            true => "'' AS content",
            false => "content",
        };
        let delete = format!(
            "DELETE FROM okta_session WHERE {condition} RETURNING id_hash, holder, {content}"
        );
        let delete = sqlx::query(AssertSqlSafe(delete)).bind(value);
        let rows = delete.fetch_all(&mut *self.transaction).await?;
        let ended = rows.iter().map(|row| {
            Ok(EndedSession {
                key: SessionKey(row.try_get("id_hash")?),
                holder: row.try_get("holder")?,
                content: row.try_get("content")?,
            })
        });
        ended.collect()
    }

    /// Sessions whose time is over, up to `limit` of them.
    pub(crate) async fn expired_sessions(
        &mut self,
        limit: i64,
    ) -> Result<Vec<(SessionKey, Result<StoredSession, StoreError>)>, StoreError> {
        let rows = sqlx::query(
            "SELECT id_hash, content, expires_at, last_seen FROM okta_session WHERE expires_at <= $1 LIMIT $2",
        )
        .bind(now().0)
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

    /// A session, unless somebody has used it after that moment. Nobody does before this change ends.
    pub(crate) async fn unused_session(
        &mut self,
        key: &SessionKey,
        since: Timestamp,
    ) -> Result<Option<Result<StoredSession, StoreError>>, StoreError> {
        let select = format!(
            "SELECT content, expires_at, last_seen FROM okta_session WHERE id_hash = $1 AND last_seen <= $2{}",
            self.store.database.for_update()
        );
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(&key.0)
            .bind(since.0)
            .fetch_optional(&mut *self.transaction)
            .await?;
        Ok(row.map(|row| self.store.stored(key, &row)))
    }
}

impl Store {
    pub(super) async fn has_sessions_in_database_of(
        &self,
        whose: &Whose,
    ) -> Result<bool, StoreError> {
        let (condition, value) = self.condition(whose);
        let select = format!("SELECT id_hash FROM okta_session WHERE {condition} LIMIT 1");
        let select = sqlx::query(AssertSqlSafe(select)).bind(value);
        Ok(select.fetch_optional(&self.pool).await?.is_some())
    }

    fn condition(&self, whose: &Whose) -> (&'static str, String) {
        match whose {
            Whose::Person { issuer, subject } => {
                ("person = $1", self.keyed_hash("person", issuer, subject))
            }
            Whose::OktaSession { issuer, sid } => {
                ("okta_sid = $1", self.keyed_hash("okta_sid", issuer, sid))
            }
            Whose::Email { issuer, email } => ("email = $1", self.email_hash(issuer, email)),
            Whose::Connection(id) => ("connection_id = $1 AND person <> ''", id.clone()),
            Whose::Everybody => ("person <> $1", String::new()),
        }
    }

    pub(super) async fn lease_session_in_database(
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

    pub(super) async fn release_session_in_database(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::tests::Database;

    /// Every page of sessions, and every end of several, asks for them.
    #[tokio::test]
    async fn sessions_to_index_are_found_without_reading_all() {
        let database = Database::new();
        let (store, _connections) = database.server().await;
        let explain = format!("EXPLAIN QUERY PLAN {TO_INDEX}");
        let plan = sqlx::query(AssertSqlSafe(explain)).bind(500_i64);
        let plan = plan.fetch_all(&store.pool).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let mut reads = steps.iter().filter(|it| it.contains("okta_session"));
        assert_eq!(reads.clone().count(), 4, "{steps:?}");
        assert!(reads.all(|it| it.contains(" INDEX ")), "{steps:?}");
    }
}
