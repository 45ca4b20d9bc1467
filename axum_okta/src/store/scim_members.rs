//! Who is in which of the groups that Okta pushes.

use std::collections::{BTreeSet, HashMap};

use sqlx::{AssertSqlSafe, Row};

use super::{Change, Store, StoreError};

/// Ids in one statement.
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

/// Of each in a list, in the order of the ids. Not ordered by those of the resource: to have them in that
/// order, SQLite would begin with everybody of the connection and look each of them up in each group.
pub(super) fn select_memberships(of: &str, other: &str, kind: &str, count: usize) -> String {
    let places = places(count);
    format!(
        "SELECT m.{of} AS one, r.id AS id, r.name AS name FROM okta_scim_member AS m \
         JOIN okta_scim_resource AS r ON r.connection = m.connection AND r.kind = '{kind}' \
         AND r.id = m.{other} WHERE m.connection = $1 AND m.{of} IN ({places}) ORDER BY m.{of}, m.{other}"
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
        let select = sqlx::query(
            "SELECT person_id FROM okta_scim_member WHERE connection = $1 AND group_id = $2",
        );
        let rows = select
            .bind(connection)
            .bind(group)
            .fetch_all(&mut *self.transaction)
            .await?;
        let ids = rows.iter().map(|row| Ok(row.try_get("person_id")?));
        ids.collect()
    }

    /// Those of these ids that people have.
    pub(crate) async fn known_people(
        &mut self,
        connection: &str,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let ids: Vec<_> = ids.iter().filter(|id| !id.contains('\0')).collect();
        let mut known = BTreeSet::new();
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT id FROM okta_scim_resource WHERE connection = $1 AND kind = 'User' AND id IN ({})",
                places(ids.len())
            );
            let select = sqlx::query(AssertSqlSafe(sql)).bind(connection);
            let select = ids.iter().fold(select, |select, id| select.bind(*id));
            for row in select.fetch_all(&mut *self.transaction).await? {
                known.insert(row.try_get("id")?);
            }
        }
        Ok(known)
    }

    /// The subjects of these people, as far as they have one.
    pub(crate) async fn subjects_of(
        &mut self,
        connection: &str,
        people: &BTreeSet<String>,
    ) -> Result<Vec<String>, StoreError> {
        let people: Vec<_> = people.iter().collect();
        let mut subjects = Vec::new();
        for people in people.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT external_id FROM okta_scim_resource WHERE connection = $1 AND kind = 'User' \
                 AND external_id <> '' AND id IN ({})",
                places(people.len())
            );
            let select = sqlx::query(AssertSqlSafe(sql)).bind(connection);
            let select = people.iter().fold(select, |select, id| select.bind(*id));
            for row in select.fetch_all(&mut *self.transaction).await? {
                subjects.push(row.try_get("external_id")?);
            }
        }
        Ok(subjects)
    }

    /// Returns who wasn't in the group before.
    pub(crate) async fn add_scim_members(
        &mut self,
        connection: &str,
        group: &str,
        people: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let people: Vec<_> = people.iter().collect();
        let mut added = BTreeSet::new();
        for people in people.chunks(AT_ONCE) {
            let rows: Vec<_> = (0..people.len())
                .map(|at| format!("($1, $2, ${})", at + 3))
                .collect();
            let sql = format!(
                "INSERT INTO okta_scim_member (connection, group_id, person_id) VALUES {} \
                 ON CONFLICT (connection, group_id, person_id) DO NOTHING RETURNING person_id",
                rows.join(", ")
            );
            let insert = sqlx::query(AssertSqlSafe(sql)).bind(connection).bind(group);
            let insert = people.iter().fold(insert, |insert, id| insert.bind(*id));
            for row in insert.fetch_all(&mut *self.transaction).await? {
                added.insert(row.try_get("person_id")?);
            }
        }
        Ok(added)
    }

    /// Returns who was in the group before.
    pub(crate) async fn remove_scim_members(
        &mut self,
        connection: &str,
        group: &str,
        people: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let people: Vec<_> = people.iter().filter(|id| !id.contains('\0')).collect();
        let mut removed = BTreeSet::new();
        for people in people.chunks(AT_ONCE) {
            let places: Vec<_> = (0..people.len()).map(|at| format!("${}", at + 3)).collect();
            let sql = format!(
                "DELETE FROM okta_scim_member WHERE connection = $1 AND group_id = $2 \
                 AND person_id IN ({}) RETURNING person_id",
                places.join(", ")
            );
            let delete = sqlx::query(AssertSqlSafe(sql)).bind(connection).bind(group);
            let delete = people.iter().fold(delete, |delete, id| delete.bind(*id));
            for row in delete.fetch_all(&mut *self.transaction).await? {
                removed.insert(row.try_get("person_id")?);
            }
        }
        Ok(removed)
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
