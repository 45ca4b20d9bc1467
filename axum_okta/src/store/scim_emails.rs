//! Which of the people that Okta pushes have an email address.
//!
//! The row of a person says which version of it is indexed, in `emails_of`. A server of the version before changes the
//! one without the other, and so tells whom to index again.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Row};

use super::{
    Change, Store, StoreError,
    scim_resources::{Resource, content, name_key, resource},
};

/// Letters of an address, so that an index has room for them.
const KEY: usize = 256;

/// People who are indexed in one change.
const AT_ONCE: i64 = 500;

/// Whose key it is, in the order of the ids. Because of that order, PostgreSQL finds out who that is before it looks
/// anybody up.
pub(super) const BY_EMAIL: &str = "\
    SELECT r.id AS id, r.name AS name, r.external_id AS external_id, r.active AS active, r.content AS content, \
    r.version AS version, r.created_at AS created_at, r.changed_at AS changed_at FROM \
    (SELECT connection, 'User' AS kind, person_id AS id FROM okta_scim_email \
    WHERE connection = $1 AND email_key = $2 AND person_id > $3 ORDER BY person_id) AS found \
    JOIN okta_scim_resource AS r ON r.connection = found.connection AND r.kind = found.kind AND r.id = found.id \
    ORDER BY found.id LIMIT $4";

/// Whose addresses are not indexed as they are now.
pub(super) const TO_INDEX: &str = "\
    SELECT connection, id, emails_of, content FROM okta_scim_resource WHERE kind = 'User' AND emails_of <> version \
    ORDER BY connection, id LIMIT $1";

/// An address as it is looked up, which may be its beginning. PostgreSQL takes no NUL in a text.
fn key(address: &str) -> String {
    let letters = name_key(address);
    let letters = letters.chars().filter(|letter| *letter != '\0');
    letters.take(KEY).collect()
}

/// The keys of all that a filter may compare as an address.
fn keys(content: &Map<String, Value>) -> BTreeSet<String> {
    let emails = named(content, "emails");
    emails.flat_map(addresses).map(key).collect()
}

/// Names are compared without case.
fn named<'a>(attributes: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    let all = attributes.iter();
    let named = all.filter(move |(key, _)| key.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value)
}

fn addresses(emails: &Value) -> Vec<&str> {
    match emails {
        Value::String(address) => vec![address],
        Value::Array(emails) => emails.iter().flat_map(addresses).collect(),
        Value::Object(email) => named(email, "value").flat_map(addresses).collect(),
        _ => Vec::new(),
    }
}

impl Store {
    /// The next people after an id who may have this email address, of all who are
    /// [indexed](Self::index_scim_emails): of a long one, only the beginning is looked up.
    pub(crate) async fn scim_people_with_email(
        &self,
        connection: &str,
        email: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let rows = sqlx::query(BY_EMAIL)
            .bind(connection)
            .bind(key(email))
            .bind(after)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(resource).collect()
    }

    /// Indexes whom a version before this one has stored, or still stores beside this one. If there is nobody, nothing
    /// is written.
    pub(crate) async fn index_scim_emails(&self) -> Result<(), StoreError> {
        loop {
            let to_index = sqlx::query(TO_INDEX).bind(1_i64);
            if to_index.fetch_optional(&self.pool).await?.is_none() {
                return Ok(());
            }
            let mut change = self.concurrent_change().await?;
            change.index_some_scim_emails().await?;
            change.commit().await?;
        }
    }
}

impl Change<'_> {
    /// Of a person of whom no addresses are stored.
    pub(super) async fn put_scim_emails(
        &mut self,
        connection: &str,
        person: &Resource,
    ) -> Result<(), StoreError> {
        let keys = keys(&person.content).into_iter();
        let rows = keys.map(|key| json!([connection, key, person.id]));
        self.insert_scim_emails(&rows.collect::<Vec<_>>()).await
    }

    pub(super) async fn forget_scim_emails(
        &mut self,
        connection: &str,
        person: &str,
    ) -> Result<(), StoreError> {
        let delete =
            sqlx::query("DELETE FROM okta_scim_email WHERE connection = $1 AND person_id = $2");
        let delete = delete.bind(connection).bind(person);
        delete.execute(&mut *self.transaction).await?;
        Ok(())
    }

    /// In each row a connection, a key, and an id.
    async fn insert_scim_emails(&mut self, rows: &[Value]) -> Result<(), StoreError> {
        let insert = format!(
            "INSERT INTO okta_scim_email (connection, email_key, person_id) \
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM {}",
            self.store.database.elements("$1")
        );
        self.execute_with_rows(&insert, rows).await
    }

    async fn index_some_scim_emails(&mut self) -> Result<(), StoreError> {
        let select = format!("{TO_INDEX}{}", self.store.database.for_update());
        let select = sqlx::query(AssertSqlSafe(select)).bind(AT_ONCE);
        let people = select.fetch_all(&mut *self.transaction).await?;
        let (mut ids, mut emails) = (Vec::new(), Vec::new());
        for row in &people {
            let (connection, id): (&str, &str) = (row.try_get("connection")?, row.try_get("id")?);
            if row.try_get::<i64, _>("emails_of")? > 0 {
                self.forget_scim_emails(connection, id).await?;
            }
            // Of a content that can't be read, nothing is found.
            let keys = keys(&content(row).unwrap_or_default()).into_iter();
            emails.extend(keys.map(|key| json!([connection, key, id])));
            ids.push([connection, id]);
        }
        self.insert_scim_emails(&emails).await?;
        let update = format!(
            "WITH indexed AS MATERIALIZED \
             (SELECT value ->> 0 AS connection, 'User' AS kind, value ->> 1 AS id FROM {}) \
             UPDATE okta_scim_resource SET emails_of = version \
             WHERE (connection, kind, id) IN (SELECT connection, kind, id FROM indexed)",
            self.store.database.elements("$1")
        );
        self.execute_with_rows(&update, &ids).await
    }
}
