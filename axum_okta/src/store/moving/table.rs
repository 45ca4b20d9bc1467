//! A table as both databases have it, and the statements that copy it.
//!
//! The schema is read from the database, so a table or a column of a later migration is moved, too.

use sqlx::{
    Any, AnyConnection, AssertSqlSafe, Row as _,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use crate::store::moved::MOVE;

/// Rows that are read, compared, and written at once.
const BATCH: usize = 500;

/// A row's values, those of its primary key first.
pub(super) type Row = Vec<Value>;

/// All that the tables contain.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Text(String),
    Number(i64),
}

struct Column {
    name: String,
    is_number: bool,
}

pub(super) struct Table {
    pub(super) name: String,
    /// Those of the primary key first.
    columns: Vec<Column>,
    keys: usize,
}

impl Table {
    /// All tables of ours in a SQLite database.
    pub(super) async fn all(sqlite: &mut AnyConnection) -> Result<Vec<Self>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'okta\\_%' ESCAPE '\\' \
             ORDER BY name",
        )
        .fetch_all(&mut *sqlite)
        .await?;
        let mut tables = Vec::new();
        for row in rows {
            tables.push(Self::described(row.try_get("name")?, sqlite).await?);
        }
        Ok(tables)
    }

    async fn described(name: String, sqlite: &mut AnyConnection) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY pk = 0, pk, cid",
        )
        .bind(&name)
        .fetch_all(sqlite)
        .await?;
        let mut columns = Vec::new();
        let mut keys = 0;
        for row in rows {
            let place_in_key: i32 = row.try_get("pk")?;
            keys += usize::from(place_in_key > 0);
            columns.push(Column {
                name: row.try_get("name")?,
                is_number: row.try_get::<String, _>("type")? == "BIGINT",
            });
        }
        Ok(Self {
            name,
            columns,
            keys,
        })
    }

    pub(super) fn key<'r>(&self, row: &'r Row) -> &'r [Value] {
        &row[..self.keys]
    }

    pub(super) async fn count(&self, database: &mut AnyConnection) -> Result<u64, sqlx::Error> {
        let sql = format!(
            "SELECT COUNT(*) AS n FROM {}{}",
            self.name,
            self.kept(" WHERE")
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(database).await?;
        Ok(row.try_get::<i64, _>("n")?.unsigned_abs())
    }

    /// The rows that follow this key, in the database's own order. None after the last.
    pub(super) async fn page(
        &self,
        after: Option<&[Value]>,
        database: &mut AnyConnection,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let keys = self.names(..self.keys);
        let beyond = match after {
            Some(_) => format!(
                " WHERE ({keys}) > ({}){}",
                places(0, self.keys),
                self.kept(" AND")
            ),
            None => self.kept(" WHERE"),
        };
        let sql = format!(
            "SELECT {} FROM {}{beyond} ORDER BY {keys} LIMIT {BATCH}",
            self.names(..),
            self.name
        );
        let query = bound(sqlx::query(AssertSqlSafe(sql)), after.into_iter().flatten());
        self.rows(query.fetch_all(database).await?)
    }

    /// Those rows that have one of these keys.
    pub(super) async fn find(
        &self,
        rows: &[Row],
        database: &mut AnyConnection,
    ) -> Result<Vec<Row>, sqlx::Error> {
        let sql = format!(
            "SELECT {} FROM {} WHERE {}",
            self.names(..),
            self.name,
            self.is_one_of(rows)
        );
        let query = bound(sqlx::query(AssertSqlSafe(sql)), self.keys_of(rows));
        self.rows(query.fetch_all(database).await?)
    }

    /// Inserts these rows, or replaces those with the same key.
    pub(super) async fn put(
        &self,
        rows: &[Row],
        database: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        let changes: Vec<String> = self.columns[self.keys..]
            .iter()
            .map(|Column { name, .. }| format!("{name} = excluded.{name}"))
            .collect();
        let on_conflict = if changes.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {}", changes.join(", "))
        };
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {} ON CONFLICT ({}) DO {on_conflict}",
            self.name,
            self.names(..),
            tuples(rows.len(), self.columns.len()),
            self.names(..self.keys)
        );
        let query = bound(sqlx::query(AssertSqlSafe(sql)), rows.iter().flatten());
        query.execute(database).await?;
        Ok(())
    }

    pub(super) async fn delete(
        &self,
        rows: &[Row],
        database: &mut AnyConnection,
    ) -> Result<(), sqlx::Error> {
        let sql = format!("DELETE FROM {} WHERE {}", self.name, self.is_one_of(rows));
        let query = bound(sqlx::query(AssertSqlSafe(sql)), self.keys_of(rows));
        query.execute(database).await?;
        Ok(())
    }

    fn names<R>(&self, range: R) -> String
    where
        R: std::slice::SliceIndex<[Column], Output = [Column]>,
    {
        let names: Vec<&str> = self.columns[range]
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        names.join(", ")
    }

    fn is_one_of(&self, rows: &[Row]) -> String {
        let keys = tuples(rows.len(), self.keys);
        format!("({}) IN (VALUES {keys})", self.names(..self.keys))
    }

    fn keys_of<'r>(&self, rows: &'r [Row]) -> impl Iterator<Item = &'r Value> {
        rows.iter().flat_map(|row| self.key(row))
    }

    /// Leaves out what says how far the move is, which only the target has.
    fn kept(&self, and: &str) -> String {
        match self.name.as_str() {
            "okta_setting" => format!("{and} name <> '{MOVE}'"),
            _ => String::new(),
        }
    }

    fn rows(&self, rows: Vec<AnyRow>) -> Result<Vec<Row>, sqlx::Error> {
        let values = |row: &AnyRow| {
            let values = self.columns.iter().enumerate().map(|(place, column)| {
                Ok(if column.is_number {
                    Value::Number(row.try_get(place)?)
                } else {
                    Value::Text(row.try_get(place)?)
                })
            });
            values.collect()
        };
        rows.iter().map(values).collect()
    }
}

/// As in `($1, $2), ($3, $4)`.
fn tuples(rows: usize, width: usize) -> String {
    let tuples: Vec<String> = (0..rows)
        .map(|row| format!("({})", places(row * width, width)))
        .collect();
    tuples.join(", ")
}

fn places(before: usize, count: usize) -> String {
    let places: Vec<String> = (1..=count)
        .map(|place| format!("${}", before + place))
        .collect();
    places.join(", ")
}

fn bound<'q>(
    mut query: Query<'q, Any, AnyArguments>,
    values: impl Iterator<Item = &'q Value>,
) -> Query<'q, Any, AnyArguments> {
    for value in values {
        query = match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
        };
    }
    query
}
