//! The PostgreSQL database that is moved to.

use sqlx::{AnyConnection, Executor, Row as _};

use super::{
    MoveError,
    table::{Row, Table, Value},
};
use crate::store::{
    OpenStoreError, StoreError, UrlError,
    database::{Database, Pool, Transaction},
    encryption::KEY_CHECK,
    moved::{COMPLETE, MOVE},
};

pub(super) struct Target {
    database: Database,
    pool: Pool,
    name: String,
    /// Of several moves into it, the last one writes.
    run: String,
}

impl Target {
    /// Takes an empty database, or goes on with one that a move of this installation has begun. The
    /// key check says whose it is: each installation's is different, even with the same key.
    pub(super) async fn begin(to: &str, key_check: &str) -> Result<Self, MoveError> {
        let database = Database::parse(to).map_err(|error| match error {
            UrlError::Kind(_) => MoveError::NotPostgres,
            error => MoveError::Open(OpenStoreError::Url(error).into()),
        })?;
        #[allow(irrefutable_let_patterns)]
        let Database::Postgres(postgres) = &database else {
            return Err(MoveError::NotPostgres);
        };
        let name = postgres.name().to_owned();
        let mut connection = postgres.connect().await.map_err(MoveError::Target)?;
        // Before it is migrated: another installation's servers may be older than this.
        let state = State::of(&mut connection, key_check)
            .await
            .map_err(unusable)?;
        state.check(&name)?;
        let pool = database.open().await.map_err(MoveError::Target)?;
        let target = Self {
            database,
            pool,
            name,
            run: crate::random_token(),
        };
        target.take(key_check).await?;
        Ok(target)
    }

    /// Says in the database that this run of the move writes to it.
    async fn take(&self, key_check: &str) -> Result<(), MoveError> {
        let mut change = self.change().await?;
        let state = State::of(&mut change, key_check).await.map_err(unusable)?;
        state.check(&self.name)?;
        let is_ours = match state {
            State::Moving => true,
            // A server that starts at this moment may be faster.
            _ => insert_key_check(&mut change, key_check)
                .await
                .map_err(unusable)?,
        };
        if !is_ours {
            return Err(MoveError::Taken {
                database: self.name.clone(),
            });
        }
        put_move(&mut change, &self.run).await.map_err(unusable)?;
        change.commit().await.map_err(unusable)
    }

    /// Servers may be started on it from here on.
    pub(super) async fn finish(&self) -> Result<(), MoveError> {
        let mut change = self.turn().await?;
        put_move(&mut change, COMPLETE).await.map_err(unusable)?;
        change.commit().await.map_err(unusable)
    }

    pub(super) async fn count(&self, table: &Table) -> Result<u64, MoveError> {
        let counted = async { table.count(&mut *self.pool.acquire().await?).await };
        counted.await.map_err(unusable)
    }

    pub(super) async fn page(
        &self,
        table: &Table,
        after: Option<&[Value]>,
    ) -> Result<Vec<Row>, MoveError> {
        let read = async { table.page(after, &mut *self.pool.acquire().await?).await };
        read.await.map_err(unusable)
    }

    pub(super) async fn find(&self, table: &Table, rows: &[Row]) -> Result<Vec<Row>, MoveError> {
        let read = async { table.find(rows, &mut *self.pool.acquire().await?).await };
        read.await.map_err(unusable)
    }

    pub(super) async fn put(&self, table: &Table, rows: &[Row]) -> Result<(), MoveError> {
        let mut change = self.turn().await?;
        table.put(rows, &mut change).await.map_err(unusable)?;
        change.commit().await.map_err(unusable)
    }

    pub(super) async fn delete(&self, table: &Table, rows: &[Row]) -> Result<(), MoveError> {
        let mut change = self.turn().await?;
        table.delete(rows, &mut change).await.map_err(unusable)?;
        change.commit().await.map_err(unusable)
    }

    pub(super) fn differs(&self, table: &Table) -> MoveError {
        MoveError::Differs {
            database: self.name.clone(),
            table: table.name.clone(),
        }
    }

    /// A change, if it is still this run's turn to write: neither a server nor another move has
    /// begun meanwhile, nor can until the change ends.
    async fn turn(&self) -> Result<Box<Transaction>, MoveError> {
        let mut change = self.change().await?;
        let run = setting(MOVE, &mut change).await.map_err(unusable)?;
        match run {
            Some(run) if run == self.run => Ok(change),
            Some(_) => Err(MoveError::Overtaken {
                database: self.name.clone(),
            }),
            None => Err(MoveError::InUse {
                database: self.name.clone(),
            }),
        }
    }

    async fn change(&self) -> Result<Box<Transaction>, MoveError> {
        self.database.begin(&self.pool).await.map_err(unusable)
    }
}

/// Whose the database is.
enum State {
    /// Nobody's.
    Empty,
    /// A move of this installation has begun.
    Moving,
    /// This installation was moved, and servers have been started on it.
    InUse,
    /// Another installation's.
    Taken,
}

impl State {
    async fn of(database: &mut AnyConnection, key_check: &str) -> Result<Self, sqlx::Error> {
        let row = database
            .fetch_one("SELECT CAST(to_regclass('okta_setting') AS TEXT) AS name")
            .await?;
        if row.try_get::<Option<String>, _>("name")?.is_none() {
            return Ok(Self::Empty);
        }
        // The first thing that a server writes.
        let Some(found) = setting(KEY_CHECK, database).await? else {
            return Ok(Self::Empty);
        };
        let run = setting(MOVE, database).await?;
        Ok(match run {
            _ if found != key_check => Self::Taken,
            Some(_) => Self::Moving,
            None => Self::InUse,
        })
    }

    fn check(&self, database: &str) -> Result<(), MoveError> {
        let database = database.to_owned();
        match self {
            Self::Empty | Self::Moving => Ok(()),
            Self::InUse => Err(MoveError::InUse { database }),
            Self::Taken => Err(MoveError::Taken { database }),
        }
    }
}

async fn setting(name: &str, database: &mut AnyConnection) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT value FROM okta_setting WHERE name = $1")
        .bind(name)
        .fetch_optional(database)
        .await?;
    row.map(|row| row.try_get("value")).transpose()
}

/// `false` where there is one.
async fn insert_key_check(
    database: &mut AnyConnection,
    key_check: &str,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO okta_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    )
    .bind(KEY_CHECK)
    .bind(key_check)
    .execute(database)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

async fn put_move(database: &mut AnyConnection, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO okta_setting (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(MOVE)
    .bind(value)
    .execute(database)
    .await?;
    Ok(())
}

fn unusable(error: sqlx::Error) -> MoveError {
    MoveError::Target(StoreError::from(error))
}
