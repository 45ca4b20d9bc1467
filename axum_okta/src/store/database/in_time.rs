//! Statements that the database has to answer in time. The limits of the database itself end what
//! takes long, but not the wait for a database that stands still, or for one behind a connection
//! that broke unnoticed.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use futures::{
    FutureExt, StreamExt, TryStreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Any, AnyConnection, AnyPool, Describe, Either, Execute, Executor, SqlStr,
    any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
};

/// A little longer than what the database itself allows, so that its own error arrives.
const PATIENCE: Duration = Duration::from_secs(6);

/// Gives up what isn't done in time.
pub(super) async fn in_time<T>(
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// The connections to a database. What is done with one of them by itself has no limit.
#[derive(Debug)]
pub(in crate::store) struct Pool(AnyPool);

impl Pool {
    pub(super) fn new(pool: AnyPool) -> Self {
        Self(pool)
    }

    pub(super) async fn begin(&self, begin: &'static str) -> Result<Box<Transaction>, sqlx::Error> {
        let transaction = in_time(self.0.begin_with(begin)).await?;
        Ok(Box::new(Transaction(transaction)))
    }

    fn inner(&self) -> &AnyPool {
        &self.0
    }
}

impl Deref for Pool {
    type Target = AnyPool;

    fn deref(&self) -> &AnyPool {
        &self.0
    }
}

/// Statements of one change. As a plain connection it has no limit.
#[derive(Debug)]
pub(in crate::store) struct Transaction(sqlx::Transaction<'static, Any>);

impl Transaction {
    /// An error may also mean that the database has committed it and could not say so.
    pub(in crate::store) async fn commit(self) -> Result<(), sqlx::Error> {
        in_time(self.0.commit()).await
    }

    fn inner(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

/// Passes statements on, and waits for answers as long as that is sensible.
macro_rules! execute_in_time {
    ($executor:ty) => {
        impl<'c> Executor<'c> for $executor {
            type Database = Any;

            fn fetch_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, Any>,
            {
                let answers = self.inner().fetch_many(query);
                let each_in_time = stream::try_unfold(answers, async |mut answers| {
                    let answer = in_time(answers.try_next()).await?;
                    Ok(answer.map(|answer| (answer, answers)))
                });
                each_in_time.boxed()
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, Any>,
            {
                in_time(self.inner().fetch_optional(query)).boxed()
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [AnyTypeInfo],
            ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
            where
                'c: 'e,
            {
                in_time(self.inner().prepare_with(sql, parameters)).boxed()
            }

            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
            where
                'c: 'e,
            {
                in_time(self.inner().describe(sql)).boxed()
            }
        }
    };
}

execute_in_time!(&'c Pool);
execute_in_time!(&'c mut Transaction);
