//! A transaction that the app's own code writes to, before it is committed.
//!
//! The code never has it: it sends statements, and they are run here, where the transaction is, until the code
//! is done. So whatever it leaves behind holds nothing of the database.
#![cfg_attr(
    not(feature = "transaction"),
    allow(dead_code, reason = "nobody sends any statements")
)]

use std::{fmt, pin::pin};

use futures::TryStreamExt;
#[cfg(feature = "transaction")]
use futures::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
#[cfg(feature = "transaction")]
use sqlx::Execute;
use sqlx::{
    Any, Describe, Either, Executor, SqlStr,
    any::{AnyArguments, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
};
use tokio::sync::{mpsc, oneshot};

use super::{Change, database::Transaction};
#[cfg(feature = "transaction")]
use crate::directory::TransactionOver;

type Tell<T> = oneshot::Sender<Result<T, sqlx::Error>>;
type Query = (SqlStr, Option<AnyArguments>);
type Step = Either<AnyQueryResult, AnyRow>;

/// What is asked of the transaction, and whom it is answered to. Nobody may wait for the answer any more.
enum Statement {
    All(Query, Tell<Vec<Step>>),
    First(Query, Tell<Option<AnyRow>>),
    Prepare(SqlStr, Vec<AnyTypeInfo>, Tell<AnyStatement>),
    Describe(SqlStr, Tell<Describe<Any>>),
}

impl Statement {
    async fn run(self, transaction: &mut Transaction) {
        match self {
            Self::All(query, tell) => {
                let all = transaction.fetch_many(query).try_collect().await;
                let _ = tell.send(all);
            }
            Self::First(query, tell) => {
                let first = transaction.fetch_optional(query).await;
                let _ = tell.send(first);
            }
            Self::Prepare(sql, parameters, tell) => {
                let prepared = transaction.prepare_with(sql, &parameters).await;
                let _ = tell.send(prepared);
            }
            Self::Describe(sql, tell) => {
                let described = transaction.describe(sql).await;
                let _ = tell.send(described);
            }
        }
    }
}

/// What reaches a transaction for as long as the app's code may use it.
pub(crate) struct Lent(mpsc::Sender<Statement>);

impl Lent {
    /// `None` once the app's code is done.
    #[cfg(feature = "transaction")]
    pub(crate) fn transaction(&self) -> Option<LentTransaction> {
        (!self.0.is_closed()).then(|| LentTransaction(self.0.clone()))
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

/// The transaction in which the plugin stores what Okta has sent, for statements of your own: from
/// [`PersonChange::transaction`](crate::directory::PersonChange::transaction). A reference to it is sqlx'
/// [`Executor`].
///
/// It is the plugin's to commit. If you roll it back yourself, or if the database refuses one of your
/// statements, refuse the change. Once your function has returned, or has taken too long, every statement is
/// an error. The rows of an answer are all read before you get the first one.
#[cfg(feature = "transaction")]
#[cfg_attr(docsrs, doc(cfg(feature = "transaction")))]
pub struct LentTransaction(mpsc::Sender<Statement>);

#[cfg(feature = "transaction")]
impl LentTransaction {
    async fn ask<T>(&self, statement: impl FnOnce(Tell<T>) -> Statement) -> Result<T, sqlx::Error> {
        let (tell, told) = oneshot::channel();
        self.0.send(statement(tell)).await.map_err(|_| over())?;
        told.await.map_err(|_| over())?
    }
}

#[cfg(feature = "transaction")]
fn over() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(TransactionOver))
}

#[cfg(feature = "transaction")]
impl fmt::Debug for LentTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentTransaction").finish_non_exhaustive()
    }
}

/// Without what it borrows.
#[cfg(feature = "transaction")]
fn owned<'q>(mut query: impl Execute<'q, Any>) -> Result<Query, sqlx::Error> {
    let arguments = query.take_arguments().map_err(sqlx::Error::Encode)?;
    Ok((query.sql(), arguments))
}

#[cfg(feature = "transaction")]
impl<'c> Executor<'c> for &'c LentTransaction {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Step, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let query = owned(query);
        let all = async move {
            let query = query?;
            let all = self.ask(|tell| Statement::All(query, tell)).await?;
            Ok::<_, sqlx::Error>(stream::iter(all.into_iter().map(Ok::<_, sqlx::Error>)))
        };
        stream::once(all).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let query = owned(query);
        let first = async move {
            let query = query?;
            self.ask(|tell| Statement::First(query, tell)).await
        };
        first.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        let parameters = parameters.to_vec();
        self.ask(|tell| Statement::Prepare(sql, parameters, tell))
            .boxed()
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, sqlx::Error>>
    where
        'c: 'e,
    {
        self.ask(|tell| Statement::Describe(sql, tell)).boxed()
    }
}

impl Change<'_> {
    /// Lends the transaction to the app's code, and gives it back with what the code returns: nothing, if a
    /// statement is under way that the code hasn't waited for. Then nothing of this change is ever committed.
    pub(crate) async fn lend<T, F>(mut self, work: impl FnOnce(Lent) -> F) -> (Option<Self>, T)
    where
        F: Future<Output = T>,
    {
        let (sender, mut sent) = mpsc::channel(1);
        let mut work = pin!(work(Lent(sender)));
        loop {
            let statement: Statement = tokio::select! {
                biased;
                done = &mut work => return (Some(self), done),
                Some(statement) = sent.recv() => statement,
            };
            tokio::select! {
                biased;
                () = statement.run(&mut self.transaction) => {}
                done = &mut work => return (None, done),
            }
        }
    }
}
