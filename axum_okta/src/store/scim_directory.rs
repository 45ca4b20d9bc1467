//! What Okta has pushed, over several connections: for the app, a page at a time.

use sqlx::{AssertSqlSafe, Row};

use super::{
    Kind, Store, StoreError,
    scim_members::memberships,
    scim_resources::{Resource, resource},
};

/// A group of a connection's, and somebody in it, by their ids.
pub(crate) struct MembershipIds {
    pub(crate) connection: String,
    pub(crate) group: String,
    pub(crate) person: String,
}

/// What a statement goes through.
#[derive(Clone, Copy)]
enum Within {
    Everything,
    OneConnection,
}

/// The connections that follow a place, and whether the place is in them.
fn from<'n>(names: &'n [String], place: &str) -> impl Iterator<Item = (&'n str, bool)> {
    let names = names.iter().map(String::as_str);
    let names = names.filter(move |name| *name >= place);
    names.map(move |name| (name, name == place))
}

impl Store {
    /// The next people or groups after a connection and an id, of these connections in their order, or of
    /// all; each with its connection.
    pub(crate) async fn scim_resources_among(
        &self,
        connections: Option<&[String]>,
        kind: Kind,
        (connection, id): (&str, &str),
        limit: usize,
    ) -> Result<Vec<(String, Resource)>, StoreError> {
        let Some(names) = connections else {
            let place = (connection, id);
            return self
                .next_resources(Within::Everything, kind, place, limit)
                .await;
        };
        let mut found = Vec::new();
        for (name, is_here) in from(names, connection) {
            let place = (name, if is_here { id } else { "" });
            let missing = limit - found.len();
            let next = self.next_resources(Within::OneConnection, kind, place, missing);
            found.extend(next.await?);
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    async fn next_resources(
        &self,
        within: Within,
        kind: Kind,
        (connection, id): (&str, &str),
        limit: usize,
    ) -> Result<Vec<(String, Resource)>, StoreError> {
        let condition = match within {
            // Without `|| ''`, SQLite would sort by the id what is in that order already.
            Within::Everything => "(connection, kind, id) > ($1, $2, $3) AND kind || '' = $2",
            Within::OneConnection => "connection = $1 AND kind = $2 AND id > $3",
        };
        let sql = format!(
            "SELECT connection, id, name, external_id, active, content, version, created_at, changed_at \
             FROM okta_scim_resource WHERE {condition} ORDER BY connection, kind, id LIMIT $4"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(kind.as_str())
            .bind(id)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        let found = rows
            .iter()
            .map(|row| Ok((row.try_get("connection")?, resource(row)?)));
        found.collect()
    }

    /// The same of memberships, after a connection, a group, and a person.
    pub(crate) async fn scim_memberships_among(
        &self,
        connections: Option<&[String]>,
        (connection, group, person): (&str, &str, &str),
        limit: usize,
    ) -> Result<Vec<MembershipIds>, StoreError> {
        let Some(names) = connections else {
            let place = (connection, group, person);
            return self
                .next_memberships(Within::Everything, place, limit)
                .await;
        };
        let mut found = Vec::new();
        for (name, is_here) in from(names, connection) {
            let (group, person) = if is_here { (group, person) } else { ("", "") };
            let place = (name, group, person);
            let missing = limit - found.len();
            let next = self.next_memberships(Within::OneConnection, place, missing);
            found.extend(next.await?);
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    async fn next_memberships(
        &self,
        within: Within,
        (connection, group, person): (&str, &str, &str),
        limit: usize,
    ) -> Result<Vec<MembershipIds>, StoreError> {
        let condition = match within {
            Within::Everything => "(m.connection, m.group_id, m.person_id) > ($1, $2, $3)",
            Within::OneConnection => "m.connection = $1 AND (m.group_id, m.person_id) > ($2, $3)",
        };
        // Not joined, so that memberships are gone through in their order.
        let sql = format!(
            "SELECT m.connection AS connection, m.group_id AS group_id, m.person_id AS person_id \
             FROM okta_scim_member AS m WHERE {condition} \
             AND EXISTS (SELECT 1 FROM okta_scim_resource AS p \
             WHERE p.connection = m.connection AND p.kind = 'User' AND p.id = m.person_id) \
             ORDER BY m.connection, m.group_id, m.person_id LIMIT $4"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(group)
            .bind(person)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        let found = rows.iter().map(|row| {
            Ok(MembershipIds {
                connection: row.try_get("connection")?,
                group: row.try_get("group_id")?,
                person: row.try_get("person_id")?,
            })
        });
        found.collect()
    }

    /// The next members of a group after this id.
    pub(crate) async fn scim_members(
        &self,
        connection: &str,
        group: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let sides = ("group_id", "person_id", Kind::User);
        self.other_side(sides, connection, group, after, limit)
            .await
    }

    /// The groups that a person is in.
    pub(crate) async fn scim_groups(
        &self,
        connection: &str,
        person: &str,
    ) -> Result<Vec<Resource>, StoreError> {
        let sides = ("person_id", "group_id", Kind::Group);
        self.other_side(sides, connection, person, "", usize::MAX)
            .await
    }

    async fn other_side(
        &self,
        (of, other, kind): (&str, &str, Kind),
        connection: &str,
        id: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let which = format!("{of} = $2 AND {other} > $3");
        let memberships = memberships(of, other, kind.as_str(), &which);
        let sql = format!(
            "SELECT r.id AS id, r.name AS name, r.external_id AS external_id, r.active AS active, \
             r.content AS content, r.version AS version, r.created_at AS created_at, \
             r.changed_at AS changed_at FROM {memberships} AS m JOIN okta_scim_resource AS r \
             ON r.connection = m.connection AND r.kind = m.kind AND r.id = m.other \
             ORDER BY m.one, m.other LIMIT $4"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(id)
            .bind(after)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(resource).collect()
    }
}
