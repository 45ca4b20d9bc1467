//! What has changed of people, groups, and memberships, for whoever keeps rows of their own.
//!
//! Changes are numbered in the order of the commits. A change takes its numbers as the last thing before
//! it is committed, and holds the row that they come from until it is. So whoever sees a number sees all
//! that are lower, and nothing is ever committed below it.

use okta_types::Timestamp;
use sqlx::{AssertSqlSafe, Row, any::AnyRow};
use tokio::sync::watch;

use super::{
    Change, Store, StoreError, now,
    scim_resources::{Resource, resource},
};

/// Rows in one statement.
const AT_ONCE: usize = 500;
const KEPT_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How far the clocks of two servers may be apart.
const CLOCKS_APART_SECONDS: i64 = 60;

/// Something that has changed, by the ids of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScimChange {
    Person(String),
    PersonDeleted { id: String, external_id: String },
    Group(String),
    GroupDeleted(String),
    Member { group: String, person: String },
    MemberRemoved { group: String, person: String },
    ConnectionDeleted,
}

/// The columns of a change.
struct Columns<'c> {
    what: &'static str,
    group: &'c str,
    person: &'c str,
    external_id: &'c str,
}

impl ScimChange {
    fn columns(&self) -> Columns<'_> {
        let (what, group, person, external_id) = match self {
            Self::Person(id) => ("person", "", &**id, ""),
            Self::PersonDeleted { id, external_id } => {
                ("person_deleted", "", &**id, &**external_id)
            }
            Self::Group(id) => ("group", &**id, "", ""),
            Self::GroupDeleted(id) => ("group_deleted", &**id, "", ""),
            Self::Member { group, person } => ("member", &**group, &**person, ""),
            Self::MemberRemoved { group, person } => ("member_removed", &**group, &**person, ""),
            Self::ConnectionDeleted => ("connection_deleted", "", "", ""),
        };
        Columns {
            what,
            group,
            person,
            external_id,
        }
    }
}

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
            "SELECT c.number AS number, c.connection AS connection, c.what AS what, c.group_id AS group_id, \
             c.person_id AS person_id, c.external_id AS former, \
             CASE WHEN p.id IS NULL THEN 0 ELSE 1 END AS has_person, \
             CASE WHEN g.id IS NULL THEN 0 ELSE 1 END AS has_group, \
             COALESCE(p.id, g.id) AS id, COALESCE(p.name, g.name) AS name, \
             COALESCE(p.external_id, g.external_id) AS external_id, COALESCE(p.active, g.active) AS active, \
             CASE WHEN c.what IN ('person', 'group') THEN COALESCE(p.content, g.content) END AS content, \
             COALESCE(p.version, g.version) AS version, \
             COALESCE(p.created_at, g.created_at) AS created_at, \
             COALESCE(p.changed_at, g.changed_at) AS changed_at FROM okta_scim_change AS c \
             LEFT JOIN okta_scim_resource AS p \
             ON p.connection = c.connection AND p.kind = 'User' AND p.id = c.person_id \
             LEFT JOIN okta_scim_resource AS g \
             ON g.connection = c.connection AND g.kind = 'Group' AND g.id = c.group_id \
             WHERE c.number > $1 AND c.number <= $2{among} ORDER BY c.number LIMIT $3"
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
            "SELECT at FROM okta_scim_change WHERE number <= $1 ORDER BY number DESC LIMIT 1",
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
            format!(" AND c.connection IN ({})", places.join(", "))
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

impl Store {
    /// Tells whoever waits for changes to look again.
    pub(crate) fn scim_may_have_changed(&self) {
        self.scim_news.send_replace(());
    }

    /// Hears of it from now on.
    pub(crate) fn scim_news(&self) -> watch::Receiver<()> {
        self.scim_news.subscribe()
    }
}

impl Change<'_> {
    /// Notes what has changed, to be numbered when this change is committed.
    pub(crate) fn scim_changed(
        &mut self,
        connection: &str,
        changed: impl IntoIterator<Item = ScimChange>,
    ) {
        let before = self.scim_changes.len();
        let changed = changed.into_iter();
        self.scim_changes
            .extend(changed.map(|changed| (connection.to_owned(), changed)));
        if self.scim_changes.len() > before {
            self.news.provisioning_changed(connection);
        }
    }

    /// The last thing before the commit: from here on, changes of other servers wait.
    pub(super) async fn number_scim_changes(&mut self) -> Result<(), StoreError> {
        let count = i64::try_from(self.scim_changes.len()).unwrap_or(i64::MAX);
        if count == 0 {
            return Ok(());
        }
        let row = sqlx::query(
            "UPDATE okta_scim_position SET newest = newest + $1 WHERE id = 1 RETURNING newest",
        )
        .bind(count)
        .fetch_one(&mut *self.transaction)
        .await?;
        let before = row.try_get::<i64, _>("newest")? - count;
        let numbered: Vec<_> = (before + 1..).zip(&self.scim_changes).collect();
        for part in numbered.chunks(AT_ONCE) {
            let rows: Vec<_> = (0..part.len())
                .map(|at| {
                    let place = |column| 6 * at + column + 2;
                    let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(place);
                    format!("(${a}, ${b}, ${c}, ${d}, ${e}, ${f}, $1)")
                })
                .collect();
            let sql = format!(
                "INSERT INTO okta_scim_change \
                 (number, connection, what, group_id, person_id, external_id, at) VALUES {}",
                rows.join(", ")
            );
            let mut insert = sqlx::query(AssertSqlSafe(sql)).bind(now().0);
            for (position, (connection, changed)) in part {
                let columns = changed.columns();
                insert = insert
                    .bind(*position)
                    .bind(connection)
                    .bind(columns.what)
                    .bind(columns.group)
                    .bind(columns.person)
                    .bind(columns.external_id);
            }
            insert.execute(&mut *self.transaction).await?;
        }
        Ok(())
    }

    /// At most `limit` of what is older than 90 days, and all before it. Returns how many.
    pub(super) async fn delete_old_scim_changes(&mut self, limit: i64) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT COALESCE(MAX(number), 0) AS last FROM \
             (SELECT number FROM okta_scim_change WHERE at < $1 ORDER BY number LIMIT $2) AS old",
        )
        .bind(now().0 - KEPT_SECONDS)
        .bind(limit)
        .fetch_one(&mut *self.transaction)
        .await?;
        let last: i64 = row.try_get("last")?;
        if last == 0 {
            return Ok(0);
        }
        let deleted = sqlx::query("DELETE FROM okta_scim_change WHERE number <= $1")
            .bind(last)
            .execute(&mut *self.transaction)
            .await?;
        sqlx::query("UPDATE okta_scim_position SET forgotten = $1 WHERE id = 1")
            .bind(last)
            .execute(&mut *self.transaction)
            .await?;
        Ok(deleted.rows_affected())
    }
}
