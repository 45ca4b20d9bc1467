//! Who is in which of the groups that Okta pushes.

use std::collections::{BTreeSet, HashMap};

use sqlx::{AssertSqlSafe, Row};

use super::{Change, Store, StoreError, rows};

/// Ids in one statement that reads.
const AT_ONCE: usize = 500;

/// Somebody in a group, or a group that somebody is in: its id and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// `$2, $3, …`, for a list of this length after one other parameter.
fn places(count: usize) -> String {
    let places: Vec<_> = (0..count).map(|at| format!("${}", at + 2)).collect();
    places.join(", ")
}

/// The memberships of some, in the order of the ids, each with all that the other side is found by.
///
/// Because they have an order, PostgreSQL finds them out before it joins anything. If the kind were a condition beside
/// them, it might go through all groups and look for each in the memberships: it takes groups for few if there were few
/// when it counted. SQLite goes by the order of the whole statement, which has to be this one: with the ids of the other
/// side in it, SQLite would begin with everybody of the connection.
pub(super) fn memberships(of: &str, other: &str, kind: &str, which: &str) -> String {
    format!(
        "(SELECT connection, '{kind}' AS kind, {of} AS one, {other} AS other FROM okta_scim_member \
         WHERE connection = $1 AND {which} ORDER BY {of}, {other})"
    )
}

/// Of each in a list.
pub(super) fn select_memberships(of: &str, other: &str, kind: &str, count: usize) -> String {
    let which = format!("{of} IN ({})", places(count));
    let memberships = memberships(of, other, kind, &which);
    format!(
        "SELECT m.one AS one, r.id AS id, r.name AS name FROM {memberships} AS m \
         JOIN okta_scim_resource AS r ON r.connection = m.connection AND r.kind = m.kind AND r.id = m.other \
         ORDER BY m.one, m.other"
    )
}

/// A column of each person whose id is an element of an array, or NULL for who isn't there. Each is looked up by
/// itself: PostgreSQL doesn't know how many ids there are, and might rather read everybody to join them.
pub(super) fn select_people(column: &str, elements: &str) -> String {
    format!(
        "SELECT (SELECT {column} FROM okta_scim_resource \
         WHERE connection = $1 AND kind = 'User' AND id = sought.value ->> 0) AS found \
         FROM {elements} AS sought"
    )
}

/// Deletes those memberships of a group, and gives whose they were.
///
/// What is sought is a table of its own, with all that is compared. If the group were a condition beside it, PostgreSQL
/// might compare everybody in the group with everybody who is sought, because it takes both for few.
pub(super) fn delete_members(elements: &str) -> String {
    format!(
        "WITH sought AS MATERIALIZED \
         (SELECT $1 AS connection, $2 AS group_id, value ->> 0 AS person_id FROM {elements}) \
         DELETE FROM okta_scim_member WHERE (connection, group_id, person_id) \
         IN (SELECT connection, group_id, person_id FROM sought) RETURNING person_id"
    )
}

impl Store {
    /// The groups of each of these people.
    pub(crate) async fn scim_groups_of(
        &self,
        connection: &str,
        people: &[String],
    ) -> Result<HashMap<String, Vec<Membership>>, StoreError> {
        self.memberships("person_id", "group_id", "Group", connection, people)
            .await
    }

    /// The members of each of these groups.
    pub(crate) async fn scim_members_of(
        &self,
        connection: &str,
        groups: &[String],
    ) -> Result<HashMap<String, Vec<Membership>>, StoreError> {
        self.memberships("group_id", "person_id", "User", connection, groups)
            .await
    }

    /// How many members each of these groups has.
    pub(crate) async fn count_scim_members(
        &self,
        connection: &str,
        groups: &[String],
    ) -> Result<HashMap<String, usize>, StoreError> {
        let mut counts = HashMap::new();
        for groups in groups.chunks(AT_ONCE) {
            let places = places(groups.len());
            let sql = format!(
                "SELECT group_id, COUNT(*) AS n FROM okta_scim_member \
                 WHERE connection = $1 AND group_id IN ({places}) GROUP BY group_id"
            );
            let select = sqlx::query(AssertSqlSafe(sql)).bind(connection);
            let select = groups.iter().fold(select, |select, id| select.bind(id));
            for row in select.fetch_all(&self.pool).await? {
                let count = usize::try_from(row.try_get::<i64, _>("n")?).unwrap_or(0);
                counts.insert(row.try_get("group_id")?, count);
            }
        }
        Ok(counts)
    }

    /// Whether a group has more members than so many. They aren't all counted.
    pub(crate) async fn has_more_scim_members(
        &self,
        connection: &str,
        group: &str,
        than: usize,
    ) -> Result<bool, StoreError> {
        let one_more = sqlx::query(
            "SELECT person_id FROM okta_scim_member WHERE connection = $1 AND group_id = $2 \
             ORDER BY person_id LIMIT 1 OFFSET $3",
        )
        .bind(connection)
        .bind(group)
        .bind(i64::try_from(than).unwrap_or(i64::MAX))
        .fetch_optional(&self.pool)
        .await?;
        Ok(one_more.is_some())
    }

    async fn memberships(
        &self,
        of: &str,
        other: &str,
        kind: &str,
        connection: &str,
        ids: &[String],
    ) -> Result<HashMap<String, Vec<Membership>>, StoreError> {
        let mut found: HashMap<String, Vec<Membership>> = HashMap::new();
        for ids in ids.chunks(AT_ONCE) {
            let sql = select_memberships(of, other, kind, ids.len());
            let select = sqlx::query(AssertSqlSafe(sql)).bind(connection);
            let select = ids.iter().fold(select, |select, id| select.bind(id));
            for row in select.fetch_all(&self.pool).await? {
                let one: String = row.try_get("one")?;
                found.entry(one).or_default().push(Membership {
                    id: row.try_get("id")?,
                    name: row.try_get("name")?,
                });
            }
        }
        Ok(found)
    }
}

impl Change<'_> {
    /// The groups of a person, as they are now.
    pub(crate) async fn scim_groups_of_one(
        &mut self,
        connection: &str,
        person: &str,
    ) -> Result<Vec<Membership>, StoreError> {
        let sql = select_memberships("person_id", "group_id", "Group", 1);
        let select = sqlx::query(AssertSqlSafe(sql));
        let rows = select
            .bind(connection)
            .bind(person)
            .fetch_all(&mut *self.transaction)
            .await?;
        let groups = rows.iter().map(|row| {
            Ok(Membership {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
            })
        });
        groups.collect()
    }

    /// The ids of everybody in a group, whoever they are.
    pub(crate) async fn scim_member_ids(
        &mut self,
        connection: &str,
        group: &str,
    ) -> Result<BTreeSet<String>, StoreError> {
        let select =
            "SELECT person_id FROM okta_scim_member WHERE connection = $1 AND group_id = $2";
        self.everybody_in(select, connection, group).await
    }

    /// Those of these ids that people have.
    pub(crate) async fn known_people(
        &mut self,
        connection: &str,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let select = select_people("id", &self.store.database.elements("$2"));
        let known = self.with_ids(&select, &[connection], ids).await?;
        Ok(known.into_iter().collect())
    }

    /// The subjects of these people, as far as they have one.
    pub(crate) async fn subjects_of(
        &mut self,
        connection: &str,
        people: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        let select = select_people("external_id", &self.store.database.elements("$2"));
        let mut subjects = self.with_ids(&select, &[connection], people).await?;
        subjects.retain(|subject| !subject.is_empty());
        Ok(subjects)
    }

    /// Returns who wasn't in the group before.
    pub(crate) async fn add_scim_members(
        &mut self,
        connection: &str,
        group: &str,
        people: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        // Without a `WHERE`, SQLite would take `ON` for the condition of a join.
        let insert = format!(
            "INSERT INTO okta_scim_member (connection, group_id, person_id) \
             SELECT $1, $2, value ->> 0 FROM {} WHERE true \
             ON CONFLICT (connection, group_id, person_id) DO NOTHING RETURNING person_id",
            self.store.database.elements("$3")
        );
        let added = self.with_ids(&insert, &[connection, group], people).await?;
        Ok(added.into_iter().collect())
    }

    /// Returns who was in the group before.
    pub(crate) async fn remove_scim_members(
        &mut self,
        connection: &str,
        group: &str,
        people: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let delete = delete_members(&self.store.database.elements("$3"));
        let removed = self.with_ids(&delete, &[connection, group], people).await?;
        Ok(removed.into_iter().collect())
    }

    /// The column that a statement gives. Its last parameter is an array of ids, each in a row of its own, after these
    /// others. PostgreSQL takes no NUL in a text, and nobody has an id with one.
    async fn with_ids(
        &mut self,
        sql: &str,
        others: &[&str],
        ids: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        let ids: Vec<_> = ids.iter().filter(|id| !id.contains('\0')).collect();
        let mut found = Vec::new();
        for ids in ids.chunks(rows::AT_ONCE) {
            let rows: Vec<_> = ids.iter().map(|id| [id]).collect();
            let statement = sqlx::query(AssertSqlSafe(sql));
            let statement = others.iter().fold(statement, |it, other| it.bind(*other));
            let statement = statement.bind(serde_json::json!(rows).to_string());
            for row in statement.fetch_all(&mut *self.transaction).await? {
                found.extend(row.try_get::<Option<String>, _>(0)?);
            }
        }
        Ok(found)
    }

    /// Everybody leaves a group that is deleted. Returns who that was.
    pub(crate) async fn empty_scim_group(
        &mut self,
        connection: &str,
        group: &str,
    ) -> Result<BTreeSet<String>, StoreError> {
        let delete = "DELETE FROM okta_scim_member WHERE connection = $1 AND group_id = $2 RETURNING person_id";
        self.everybody_in(delete, connection, group).await
    }

    /// The people that a statement about a group gives.
    async fn everybody_in(
        &mut self,
        sql: &'static str,
        connection: &str,
        group: &str,
    ) -> Result<BTreeSet<String>, StoreError> {
        let rows = sqlx::query(sql)
            .bind(connection)
            .bind(group)
            .fetch_all(&mut *self.transaction)
            .await?;
        let ids = rows.iter().map(|row| Ok(row.try_get("person_id")?));
        ids.collect()
    }

    /// All memberships of a person who is deleted.
    pub(crate) async fn leave_scim_groups(
        &mut self,
        connection: &str,
        person: &str,
    ) -> Result<(), StoreError> {
        let delete =
            sqlx::query("DELETE FROM okta_scim_member WHERE connection = $1 AND person_id = $2");
        let delete = delete.bind(connection).bind(person);
        delete.execute(&mut *self.transaction).await?;
        Ok(())
    }
}
