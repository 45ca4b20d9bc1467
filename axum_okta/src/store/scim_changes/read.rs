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
        // Before the changes: all up to this one are committed.
        let newest = self.scim_position().await?;
        let among = among(connections);
        let sql = format!(
            "SELECT b.first_number + c.place AS number, b.connection AS connection, c.what AS what, \
             c.group_id AS group_id, c.person_id AS person_id, c.external_id AS former, \
             CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS has_person, \
             CASE WHEN g.id IS NULL THEN 0 ELSE 1 END AS has_group, \
             COALESCE(p.id, g.id) AS id, COALESCE(p.name, g.name) AS name, \
             COALESCE(p.external_id, g.external_id) AS external_id, COALESCE(p.active, g.active) AS active, \
             CASE WHEN c.what IN ('person', 'group') THEN COALESCE(p.content, g.content) END AS content, \
             COALESCE(p.version, g.version) AS version, \
             COALESCE(p.created_at, g.created_at) AS created_at, \
             COALESCE(p.changed_at, g.changed_at) AS changed_at FROM okta_scim_batch AS b \
             JOIN okta_scim_change AS c ON c.batch = b.id AND c.place > $1 - b.first_number \
             LEFT JOIN okta_scim_resource AS p \
             ON p.connection = b.connection AND p.kind = 'User' AND p.id = c.person_id \
             LEFT JOIN okta_scim_resource AS g \
             ON g.connection = b.connection AND g.kind = 'Group' AND g.id = c.group_id \
             WHERE b.first_number >= (SELECT COALESCE(MAX(first_number), 0) FROM okta_scim_batch \
             WHERE first_number <= $1) AND b.first_number <= $2{among} \
             ORDER BY b.first_number, c.place LIMIT $3"
        );
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(after)
            .bind(newest)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let select = connections
            .into_iter()
            .flatten()
            .fold(select, |select, name| select.bind(name));
        let rows = select.fetch_all(&self.pool).await?;
        // After the changes: what was deleted while they were read is missing.
        let Positions { forgotten, .. } = self.scim_positions().await?;
        let is_former = self.scim_position_is_younger(after, known_at).await?;
        if after < forgotten || after > newest || is_former {
            return Ok(None);
        }
        let is_full = rows.len() >= limit;
        let last = rows.last().filter(|_| is_full);
        let position = last.map(|row| row.try_get("number")).transpose()?;
        let changes = rows.iter().map(found).filter_map(Result::transpose);
        Ok(Some(FoundChanges {
            changes: changes.collect::<Result<_, StoreError>>()?,
            position: position.unwrap_or(newest),
            is_full,
        }))
    }
}

impl Store {
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
        Ok(at.is_some_and(|at| at > than + CLOCKS_APART_SECONDS))
    }
}

/// Restricts changes to these connections, whose names are bound from `$4` on. Of none there is nothing.
fn among(connections: Option<&[String]>) -> String {
    match connections {
        None => String::new(),
        Some([]) => " AND 1 = 0".to_owned(),
        Some(names) => {
            let places: Vec<_> = (0..names.len()).map(|at| format!("${}", at + 4)).collect();
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
