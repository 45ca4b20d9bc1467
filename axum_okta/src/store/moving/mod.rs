//! Moves everything from SQLite to PostgreSQL.
//!
//! A pass makes the target equal to one moment of the source: it writes the rows that are missing
//! or differ, and deletes those that the source no longer has. So a pass that was interrupted is
//! simply begun again, and a second one takes over what has changed since the first. What is
//! encrypted is copied as it is: it is bound to its row and to the key, and both stay the same.

mod source;
mod table;
mod target;

use std::{collections::HashMap, path::PathBuf};

use super::{NoDatabaseFile, Store, StoreError, encryption::KEY_CHECK};
use crate::builder::OpenError;
use source::Source;
use table::{Row, Table, Value};
use target::Target;

/// Why a database was not moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// There is nothing to move.
    #[error(transparent)]
    NoFile(#[from] NoDatabaseFile),
    /// The target is not PostgreSQL.
    #[error("a database can only be moved to PostgreSQL: postgres://USER:PASSWORD@HOST/DATABASE")]
    NotPostgres,
    /// The target belongs to somebody else.
    #[error(
        "the database {database} already holds the data of another installation, or of a server that was started on \
         it. Nothing was changed. Name an empty database"
    )]
    Taken {
        /// The database, without credentials.
        database: String,
    },
    /// A server uses the target already.
    #[error(
        "the database {database} was moved before, and a server has been started on it since. Moving again would undo \
         what happened there, so nothing was changed. To begin again, stop that server and empty the database"
    )]
    InUse {
        /// The database, without credentials.
        database: String,
    },
    /// Another move into the target has begun.
    #[error("another move into the database {database} was started meanwhile. That one goes on")]
    Overtaken {
        /// The database, without credentials.
        database: String,
    },
    /// After the move the two differ.
    #[error(
        "the database {database} was changed by somebody else during the move: {table} differs. Make sure that nothing \
         else writes to it, and run the move again"
    )]
    Differs {
        /// The database, without credentials.
        database: String,
        /// The table that differs.
        table: String,
    },
    /// The source could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The source could not be read.
    #[error(
        "the database that is moved could not be read. What was copied stays: make it readable, and run the move again \
         to go on"
    )]
    Source(#[source] StoreError),
    /// The target could not be opened or written.
    #[error(
        "the database that is moved to could not be used. What was copied stays there: run the move again to go on"
    )]
    Target(#[source] StoreError),
}

/// What the move is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoveStep {
    /// Rows are compared, and those that are missing or differ are copied.
    Copying,
    /// All rows are read again and compared.
    Verifying,
}

/// How far a move is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MoveProgress {
    /// What it is doing.
    pub step: MoveStep,
    /// Rows that this step has done.
    pub done: u64,
    /// Rows that this step has to do.
    pub total: u64,
}

/// What a move did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Moved {
    /// Rows that both databases have now.
    pub rows: u64,
    /// How many of those are sessions.
    pub sessions: u64,
    /// Rows that had to be written.
    pub written: u64,
    /// Rows that had to be deleted, because the source no longer has them.
    pub deleted: u64,
    /// Whether the source has been changed meanwhile: a server still runs on it, and the move has
    /// to be repeated once that is stopped.
    pub source_changed: bool,
    /// The file with the key that the target needs, too. `None` if the key was given to
    /// [`OktaBuilder::encryption_key`](crate::OktaBuilder::encryption_key).
    pub key_file: Option<PathBuf>,
    /// Whether sessions are in Valkey or Redis
    /// ([`OktaBuilder::sessions_url`](crate::OktaBuilder::sessions_url)). They stay there, and
    /// servers on the target need the same URL.
    pub sessions_stay: bool,
}

impl Store {
    pub(crate) async fn move_to(
        &self,
        to: &str,
        report: &mut (dyn FnMut(MoveProgress) + Send),
    ) -> Result<Moved, MoveError> {
        let key_check = self.setting(KEY_CHECK).await.map_err(MoveError::Source)?;
        let target = Target::begin(to, &key_check.unwrap_or_default()).await?;
        let mut pass = Pass {
            source: Source::snapshot(self).await?,
            target,
            report,
        };
        let tables = pass.source.tables().await?;
        let copied = pass.over(&tables, MoveStep::Copying).await?;
        for (table, copied) in tables.iter().zip(&copied) {
            tracing::debug!(
                table.name,
                copied.rows,
                copied.written,
                copied.deleted,
                "copied"
            );
        }
        let verified = pass.over(&tables, MoveStep::Verifying).await?;
        for (table, verified) in tables.iter().zip(&verified) {
            if verified.written + verified.deleted > 0 {
                return Err(pass.target.differs(table));
            }
        }
        pass.target.finish().await?;
        let sum = |count: fn(&Copied) -> u64| copied.iter().map(count).sum();
        let of_sessions = tables
            .iter()
            .zip(&copied)
            .find(|(table, _)| table.name == "okta_session");
        Ok(Moved {
            rows: sum(|copied| copied.rows),
            sessions: of_sessions.map_or(0, |(_, copied)| copied.rows),
            written: sum(|copied| copied.written),
            deleted: sum(|copied| copied.deleted),
            source_changed: pass.source.has_changed().await?,
            key_file: None,
            sessions_stay: false,
        })
    }
}

/// What was done to one table.
#[derive(Default)]
struct Copied {
    rows: u64,
    written: u64,
    deleted: u64,
}

struct Pass<'p> {
    source: Source,
    target: Target,
    report: &'p mut (dyn FnMut(MoveProgress) + Send),
}

impl Pass<'_> {
    async fn over(&mut self, tables: &[Table], step: MoveStep) -> Result<Vec<Copied>, MoveError> {
        let mut progress = MoveProgress {
            step,
            done: 0,
            total: 0,
        };
        for table in tables {
            progress.total += self.source.count(table).await?;
        }
        (self.report)(progress);
        let mut copied = Vec::new();
        for table in tables {
            copied.push(self.copy(table, &mut progress).await?);
        }
        Ok(copied)
    }

    /// Makes the target's table equal to the source's.
    async fn copy(
        &mut self,
        table: &Table,
        progress: &mut MoveProgress,
    ) -> Result<Copied, MoveError> {
        let mut copied = Copied::default();
        let mut last: Option<Row> = None;
        loop {
            let after = last.as_ref().map(|row| table.key(row));
            let rows = self.source.page(table, after).await?;
            let read = rows.len() as u64;
            last = rows.last().cloned();
            if last.is_none() {
                break;
            }
            let there = self.target.find(table, &rows).await?;
            let differing = differing(table, rows, &there);
            if !differing.is_empty() {
                self.target.put(table, &differing).await?;
            }
            copied.rows += read;
            copied.written += differing.len() as u64;
            progress.done += read;
            (self.report)(*progress);
        }
        // The target has every row of the source now: as many rows are the same rows.
        if self.target.count(table).await? != copied.rows {
            copied.deleted = self.delete_others(table).await?;
        }
        Ok(copied)
    }

    /// Deletes what the source does not have: a session that ended there must not go on.
    async fn delete_others(&mut self, table: &Table) -> Result<u64, MoveError> {
        let mut deleted = 0;
        let mut last: Option<Row> = None;
        loop {
            let after = last.as_ref().map(|row| table.key(row));
            let rows = self.target.page(table, after).await?;
            last = rows.last().cloned();
            if last.is_none() {
                return Ok(deleted);
            }
            let there = self.source.find(table, &rows).await?;
            let there = by_key(table, &there);
            let others: Vec<Row> = rows
                .into_iter()
                .filter(|row| !there.contains_key(table.key(row)))
                .collect();
            if !others.is_empty() {
                self.target.delete(table, &others).await?;
            }
            deleted += others.len() as u64;
        }
    }
}

/// Those rows that are not `there` as they are.
fn differing(table: &Table, rows: Vec<Row>, there: &[Row]) -> Vec<Row> {
    let there = by_key(table, there);
    rows.into_iter()
        .filter(|row| there.get(table.key(row)) != Some(&row))
        .collect()
}

fn by_key<'r>(table: &Table, rows: &'r [Row]) -> HashMap<&'r [Value], &'r Row> {
    rows.iter().map(|row| (table.key(row), row)).collect()
}
