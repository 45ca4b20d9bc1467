//! Reading changes from a position on.

use okta_types::Timestamp;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::ScimChange;
use crate::store::{
    Store, StoreError,
    scim_resources::{Resource, resource},
};

/// How far the clocks of two servers may be apart.
const CLOCKS_APART_SECONDS: i64 = 60;

/// A change of a connection's, with the person or group as they are now.
pub(crate) struct FoundChange {
    pub(crate) connection: String,
    pub(crate) changed: ScimChange,
    /// `None` if the change isn't about one alone.
    pub(crate) resource: Option<Resource>,
}

/// The changes after a position.
pub(crate) struct FoundChanges {
    pub(crate) changes: Vec<FoundChange>,
    /// Where to go on.
    pub(crate) position: i64,
    /// Whether there may be more.
    pub(crate) is_full: bool,
}

/// Batches one after the other.
struct Batches {
    /// The first numbers of the first and the last of them.
    from: i64,
    to: i64,
    last_number: i64,
    /// How many changes they have after the position.
    changes: i64,
}

struct Positions {
    newest: i64,
    forgotten: i64,
}

impl Store {
    /// The position of what was changed last.
    pub(crate) async fn scim_position(&self) -> Result<i64, StoreError> {
        Ok(self.scim_positions().await?.newest)
    }

    async fn scim_positions(&self) -> Result<Positions, StoreError> {
        let row = sqlx::query("SELECT newest, forgotten FROM okta_scim_position WHERE id = 1")
            .fetch_one(&self.pool)
            .await?;
        Ok(Positions {
            newest: row.try_get("newest")?,
            forgotten: row.try_get("forgotten")?,
        })
    }

    /// The next changes after a position, of these connections or of all. Those of somebody who has been
    /// deleted since are left out, up to the deletion. `None` if not all of them are kept any more, or if
    /// this database had not given that position by the time that it was known.
    pub(crate) async fn scim_changes(
        &self,
        connections: Option<&[String]>,
        (after, known_at): (i64, Timestamp),
        limit: usize,
    ) -> Result<Option<FoundChanges>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // Before the changes: all up to this one are committed.
        let newest = self.scim_position().await?;
        let next = self.next_batches(connections, after, newest, limit).await?;
        let rows = match &next {
            Some(next) => self.rows_of(next, connections, after, limit).await?,
            None => Vec::new(),
        };
        // After the changes: what was deleted while they were read is missing.
        let Positions { forgotten, .. } = self.scim_positions().await?;
        let is_former = self.scim_position_is_younger(after, known_at).await?;
        if after < forgotten || after > newest || is_former {
            return Ok(None);
        }
        let full = next.filter(|next| next.changes >= limit);
        let position = match (&full, rows.last()) {
            (None, _) => newest,
            (Some(_), Some(row)) if rows.len() as i64 == limit => row.try_get("number")?,
            (Some(next), _) => next.last_number,
        };
        let changes = rows.iter().map(found).filter_map(Result::transpose);
        Ok(Some(FoundChanges {
            changes: changes.collect::<Result<_, StoreError>>()?,
            position,
            is_full: full.is_some(),
        }))
    }

    /// As many batches as have the next changes. Found before these, because PostgreSQL doesn't know how
    /// few that are, and might read everything.
    async fn next_batches(
        &self,
        connections: Option<&[String]>,
        after: i64,
        newest: i64,
        limit: i64,
    ) -> Result<Option<Batches>, StoreError> {
        let among = among(connections, 4);
        let sql = format!(
            "SELECT b.first_number AS first_number, b.last_number AS last_number FROM okta_scim_batch AS b \
             WHERE b.first_number >= (SELECT COALESCE(MAX(first_number), 0) FROM okta_scim_batch \
             WHERE first_number <= $1) AND b.first_number <= $2 AND b.last_number > $1{among} \
             ORDER BY b.first_number LIMIT $3"
        );
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(after)
            .bind(newest)
            .bind(limit);
        let names = connections.into_iter().flatten();
        let select = names.fold(select, |select, name| select.bind(name));
        let mut next: Option<Batches> = None;
        for row in select.fetch_all(&self.pool).await? {
            let first_number: i64 = row.try_get("first_number")?;
            let last_number: i64 = row.try_get("last_number")?;
            let changes = last_number - after.max(first_number - 1);
            match &mut next {
                Some(next) if next.changes >= limit => break,
                Some(next) => {
                    next.to = first_number;
                    next.last_number = last_number;
                    next.changes += changes;
                }
                None => {
                    next = Some(Batches {
                        from: first_number,
                        to: first_number,
                        last_number,
                        changes,
                    });
                }
            }
        }
        Ok(next)
    }

    async fn rows_of(
        &self,
        batches: &Batches,
        connections: Option<&[String]>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<AnyRow>, StoreError> {
        let sql = select_changes(&among(connections, 5));
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(after)
            .bind(batches.from)
            .bind(batches.to)
            .bind(limit);
        let names = connections.into_iter().flatten();
        let select = names.fold(select, |select, name| select.bind(name));
        Ok(select.fetch_all(&self.pool).await?)
    }

    /// Whether the position was given to a change after this moment: then whoever knew it by then had it
    /// from before a backup was restored. Of the changes up to it, the last is the youngest.
    async fn scim_position_is_younger(
        &self,
        position: i64,
        Timestamp(than): Timestamp,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT at FROM okta_scim_batch WHERE first_number <= $1 \
             ORDER BY first_number DESC LIMIT 1",
        )
        .bind(position)
        .fetch_optional(&self.pool)
        .await?;
        let at = row.map(|row| row.try_get::<i64, _>("at")).transpose()?;
        Ok(at.is_some_and(|at| at > than.saturating_add(CLOCKS_APART_SECONDS)))
    }
}

/// Changes after a position, of batches one after the other, with the person or group as they are now.
///
/// All that these are found by is in `changed`, which PostgreSQL finds out first, because it has an order. If the kind
/// were a condition beside it, PostgreSQL might go through all people for each change, because it takes them for few.
pub(in crate::store) fn select_changes(among: &str) -> String {
    format!(
        "SELECT changed.number AS number, changed.connection AS connection, changed.what AS what, \
         changed.group_id AS group_id, changed.person_id AS person_id, changed.former AS former, \
         CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS has_person, \
         CASE WHEN g.id IS NULL THEN 0 ELSE 1 END AS has_group, \
         COALESCE(p.id, g.id) AS id, COALESCE(p.name, g.name) AS name, \
         COALESCE(p.external_id, g.external_id) AS external_id, COALESCE(p.active, g.active) AS active, \
         CASE WHEN changed.what IN ('person', 'group') THEN COALESCE(p.content, g.content) END AS content, \
         COALESCE(p.version, g.version) AS version, COALESCE(p.created_at, g.created_at) AS created_at, \
         COALESCE(p.changed_at, g.changed_at) AS changed_at FROM \
         (SELECT b.first_number + c.place AS number, b.connection AS connection, c.what AS what, \
         c.group_id AS group_id, c.person_id AS person_id, c.external_id AS former, \
         'User' AS person_kind, 'Group' AS group_kind FROM okta_scim_batch AS b \
         JOIN okta_scim_change AS c ON c.batch = b.id AND c.place > $1 - b.first_number \
         WHERE b.first_number BETWEEN $2 AND $3{among} ORDER BY b.first_number, c.place LIMIT $4) AS changed \
         LEFT JOIN okta_scim_resource AS p ON p.connection = changed.connection \
         AND p.kind = changed.person_kind AND p.id = changed.person_id \
         LEFT JOIN okta_scim_resource AS g ON g.connection = changed.connection \
         AND g.kind = changed.group_kind AND g.id = changed.group_id ORDER BY changed.number"
    )
}

/// Restricts batches to those of these connections, whose names are bound from this place on. Of none there
/// is nothing.
fn among(connections: Option<&[String]>, from: usize) -> String {
    match connections {
        None => String::new(),
        Some([]) => " AND 1 = 0".to_owned(),
        Some(names) => {
            let places: Vec<_> = (from..from + names.len())
                .map(|place| format!("${place}"))
                .collect();
            format!(" AND b.connection IN ({})", places.join(", "))
        }
    }
}

/// `None` if what it is about has been deleted since, or if only a newer version knows what it is.
fn found(row: &AnyRow) -> Result<Option<FoundChange>, StoreError> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let (group, person) = (text("group_id")?, text("person_id")?);
    let has_person = row.try_get::<i64, _>("has_person")? != 0;
    let has_group = row.try_get::<i64, _>("has_group")? != 0;
    let (is_there, changed) = match &text("what")?[..] {
        "person" => (has_person, ScimChange::Person(person)),
        "person_deleted" => {
            let external_id = text("former")?;
            let id = person;
            (true, ScimChange::PersonDeleted { id, external_id })
        }
        "group" => (has_group, ScimChange::Group(group)),
        "group_deleted" => (true, ScimChange::GroupDeleted(group)),
        "member" => (
            has_person && has_group,
            ScimChange::Member { group, person },
        ),
        "member_removed" => {
            let removed = ScimChange::MemberRemoved { group, person };
            (has_person && has_group, removed)
        }
        "connection_deleted" => (true, ScimChange::ConnectionDeleted),
        _ => return Ok(None),
    };
    if !is_there {
        return Ok(None);
    }
    let resource = match &changed {
        ScimChange::Person(_) | ScimChange::Group(_) => Some(resource(row)?),
        _ => None,
    };
    Ok(Some(FoundChange {
        connection: text("connection")?,
        changed,
        resource,
    }))
}
