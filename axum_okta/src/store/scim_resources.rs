//! The people and groups that Okta pushes, each a SCIM resource.

use std::time::{SystemTime, UNIX_EPOCH};

use okta_types::{SeenGroup, Timestamp};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{Change, Store, StoreError, error::is_taken, now};

/// Groups to choose from. Nobody reads a longer list.
const CHOICES: i64 = 2000;

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Group,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }
}

/// A person or a group, without memberships.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    /// The `userName` of a person, the `displayName` of a group.
    pub(crate) name: String,
    /// Empty if there is none.
    pub(crate) external_id: String,
    pub(crate) active: bool,
    /// All attributes as they were sent.
    pub(crate) content: Map<String, Value>,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) changed_at: Timestamp,
}

impl Resource {
    /// A new one, with an id that comes after all others.
    pub(crate) fn new() -> Self {
        Self {
            id: sorted_id(),
            name: String::new(),
            external_id: String::new(),
            active: true,
            content: Map::new(),
            version: 1,
            created_at: now(),
            changed_at: now(),
        }
    }
}

/// Random, and greater than those of earlier milliseconds.
pub(super) fn sorted_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let milliseconds = since.map_or(0, |since| since.as_millis());
    let random = rand::random::<u128>() >> 48;
    format!("{milliseconds:012x}{random:020x}")
}

/// As names are compared, without case. Letter by letter, so that it doesn't matter what is beside
/// one, and by way of capitals, so that letters with the same capital are the same.
pub(crate) fn name_key(name: &str) -> String {
    let capitals = name.chars().flat_map(char::to_uppercase);
    capitals.flat_map(char::to_lowercase).collect()
}

/// What resources are looked up by, without reading others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    Id(&'a str),
    Name(&'a str),
    ExternalId(&'a str),
}

/// All columns, of the rows that the rest of the statement names.
macro_rules! select {
    ($($rest:tt)*) => {
        format!(
            "SELECT id, name, external_id, active, content, version, created_at, changed_at \
             FROM okta_scim_resource WHERE connection = $1 AND kind = $2 AND {}",
            format_args!($($rest)*)
        )
    };
}

impl By<'_> {
    fn column(self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::Name(_) => "name_key",
            Self::ExternalId(_) => "external_id",
        }
    }

    /// PostgreSQL takes no NUL in a text, and nothing is called so.
    fn value(self) -> Option<String> {
        let value = match self {
            Self::Id(value) | Self::ExternalId(value) => value.to_owned(),
            Self::Name(value) => name_key(value),
        };
        Some(value).filter(|value| !value.contains('\0'))
    }
}

impl Store {
    pub(crate) async fn scim_resource(
        &self,
        connection: &str,
        kind: Kind,
        by: By<'_>,
    ) -> Result<Option<Resource>, StoreError> {
        found(&self.pool, connection, kind, by, "").await
    }

    /// The next ones after an id, in their order.
    pub(crate) async fn scim_resources(
        &self,
        connection: &str,
        kind: Kind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let sql = select!("id > $3 ORDER BY id LIMIT $4");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(kind.as_str())
            .bind(after)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(resource).collect()
    }

    /// Those of these ids, in no order. There are no more than on a page.
    pub(crate) async fn scim_resources_of(
        &self,
        connection: &str,
        kind: Kind,
        ids: &[String],
    ) -> Result<Vec<Resource>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<_> = (0..ids.len()).map(|at| format!("${}", at + 3)).collect();
        let sql = select!("id IN ({})", places.join(", "));
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(kind.as_str());
        let select = ids.iter().fold(select, |select, id| select.bind(id));
        let rows = select.fetch_all(&self.pool).await?;
        rows.iter().map(resource).collect()
    }

    /// Those from a position on, in their order. Of those before it, only the index is read.
    pub(crate) async fn scim_resources_from(
        &self,
        connection: &str,
        kind: Kind,
        position: usize,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let sql = select!(
            "id >= (SELECT id FROM okta_scim_resource WHERE connection = $1 AND kind = $2 \
             ORDER BY id LIMIT 1 OFFSET $4) ORDER BY id LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(connection)
            .bind(kind.as_str())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(resource).collect()
    }

    /// The groups that role tables may choose from, by name.
    pub(crate) async fn pushed_groups(
        &self,
        connection: &str,
    ) -> Result<Vec<SeenGroup>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, changed_at FROM okta_scim_resource WHERE connection = $1 AND kind = 'Group' \
             ORDER BY name_key LIMIT $2",
        )
        .bind(connection)
        .bind(CHOICES)
        .fetch_all(&self.pool)
        .await?;
        let groups = rows.iter().map(|row| {
            let changed_at = Timestamp(row.try_get("changed_at")?);
            Ok(SeenGroup::new(
                row.try_get::<String, _>("name")?,
                changed_at,
            ))
        });
        groups.collect()
    }

    pub(crate) async fn count_scim_resources(
        &self,
        connection: &str,
        kind: Kind,
    ) -> Result<usize, StoreError> {
        let select = sqlx::query(
            "SELECT COUNT(*) AS n FROM okta_scim_resource WHERE connection = $1 AND kind = $2",
        );
        let row = select.bind(connection).bind(kind.as_str());
        let count: i64 = row.fetch_one(&self.pool).await?.try_get("n")?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

/// The first, if groups share an external ID. No index has this order, so that none is walked through for
/// it, which SQLite prefers to looking one up.
pub(super) fn select_by(by: By<'_>, suffix: &str) -> String {
    let column = by.column();
    select!("{column} = $3 ORDER BY created_at, id LIMIT 1{suffix}")
}

async fn found(
    executor: impl sqlx::AnyExecutor<'_>,
    connection: &str,
    kind: Kind,
    by: By<'_>,
    suffix: &str,
) -> Result<Option<Resource>, StoreError> {
    let Some(value) = by.value() else {
        return Ok(None);
    };
    let row = sqlx::query(AssertSqlSafe(select_by(by, suffix)))
        .bind(connection)
        .bind(kind.as_str())
        .bind(value)
        .fetch_optional(executor)
        .await?;
    row.as_ref().map(resource).transpose()
}

pub(super) fn content(row: &AnyRow) -> Result<Map<String, Value>, StoreError> {
    let content = serde_json::from_str(row.try_get("content")?);
    content.map_err(|error| StoreError::Unreadable {
        what: "SCIM resource",
        source: error.into(),
    })
}

pub(super) fn resource(row: &AnyRow) -> Result<Resource, StoreError> {
    Ok(Resource {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        external_id: row.try_get("external_id")?,
        active: row.try_get::<i64, _>("active")? != 0,
        content: content(row)?,
        version: row.try_get("version")?,
        created_at: Timestamp(row.try_get("created_at")?),
        changed_at: Timestamp(row.try_get("changed_at")?),
    })
}

impl Change<'_> {
    /// What is stored now, and changed by nobody else before this change ends.
    pub(crate) async fn scim_resource(
        &mut self,
        connection: &str,
        kind: Kind,
        id: &str,
    ) -> Result<Option<Resource>, StoreError> {
        let suffix = self.store.database.for_update();
        let by = By::Id(id);
        found(&mut *self.transaction, connection, kind, by, suffix).await
    }

    /// Returns `false` if there is another one of that name, or of that external ID. The change can
    /// then only be given up.
    pub(crate) async fn insert_scim_resource(
        &mut self,
        connection: &str,
        kind: Kind,
        resource: &Resource,
    ) -> Result<bool, StoreError> {
        let insert = sqlx::query(
            "INSERT INTO okta_scim_resource (connection, kind, id, name, name_key, external_id, active, \
             content, version, emails_of, created_at, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)",
        )
        .bind(connection)
        .bind(kind.as_str())
        .bind(&resource.id)
        .bind(&resource.name)
        .bind(name_key(&resource.name))
        .bind(&resource.external_id)
        .bind(i64::from(resource.active))
        .bind(serde_json::json!(resource.content).to_string())
        .bind(resource.version)
        .bind(resource.created_at.0)
        .bind(resource.changed_at.0);
        let is_stored = unless_taken(insert.execute(&mut *self.transaction).await)?;
        if is_stored && kind == Kind::User {
            self.put_scim_emails(connection, resource).await?;
        }
        Ok(is_stored)
    }

    /// The same as for [`insert_scim_resource`](Self::insert_scim_resource).
    pub(crate) async fn update_scim_resource(
        &mut self,
        connection: &str,
        kind: Kind,
        resource: &Resource,
    ) -> Result<bool, StoreError> {
        let update = sqlx::query(
            "UPDATE okta_scim_resource SET name = $4, name_key = $5, external_id = $6, active = $7, \
             content = $8, version = $9, emails_of = $9, changed_at = $10 \
             WHERE connection = $1 AND kind = $2 AND id = $3",
        )
        .bind(connection)
        .bind(kind.as_str())
        .bind(&resource.id)
        .bind(&resource.name)
        .bind(name_key(&resource.name))
        .bind(&resource.external_id)
        .bind(i64::from(resource.active))
        .bind(serde_json::json!(resource.content).to_string())
        .bind(resource.version)
        .bind(resource.changed_at.0);
        let is_stored = unless_taken(update.execute(&mut *self.transaction).await)?;
        if is_stored && kind == Kind::User {
            self.forget_scim_emails(connection, &resource.id).await?;
            self.put_scim_emails(connection, resource).await?;
        }
        Ok(is_stored)
    }

    pub(crate) async fn delete_scim_resource(
        &mut self,
        connection: &str,
        kind: Kind,
        id: &str,
    ) -> Result<(), StoreError> {
        let delete = sqlx::query(
            "DELETE FROM okta_scim_resource WHERE connection = $1 AND kind = $2 AND id = $3",
        );
        let delete = delete.bind(connection).bind(kind.as_str()).bind(id);
        delete.execute(&mut *self.transaction).await?;
        match kind {
            Kind::User => self.forget_scim_emails(connection, id).await,
            Kind::Group => Ok(()),
        }
    }
}

fn unless_taken<T>(done: Result<T, sqlx::Error>) -> Result<bool, StoreError> {
    match done {
        Ok(_) => Ok(true),
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
