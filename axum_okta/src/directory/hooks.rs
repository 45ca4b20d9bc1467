//! The app's code for people who change, in the transaction in which they do.

use std::time::Duration;

use super::Person;
#[cfg(feature = "transaction")]
use crate::store::LentTransaction;
use crate::{
    hook::{AskError, Asked},
    services::Services,
    store::{Change, Lent, Resource},
};

/// Shorter than others wait for a change: while the app thinks, SQLite writes nothing else.
const PATIENCE: Duration = Duration::from_secs(3);

/// What becomes of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PersonChangeKind {
    /// They are new. They may be deactivated already.
    Created,
    /// Their attributes change, or they are active again.
    Updated,
    /// They may not sign in any more. Their attributes may change, too.
    Deactivated,
    /// They are deleted, and with them their memberships.
    Deleted,
}

impl PersonChangeKind {
    fn of(before: Option<&Resource>, after: Option<&Resource>) -> Option<Self> {
        Some(match (before, after) {
            (None, None) => return None,
            (None, Some(_)) => Self::Created,
            (Some(_), None) => Self::Deleted,
            (Some(before), Some(after)) if before.active && !after.active => Self::Deactivated,
            (Some(_), Some(_)) => Self::Updated,
        })
    }
}

/// A change of a person that is about to be committed, for
/// [`OktaBuilder::on_person_created`](crate::OktaBuilder::on_person_created),
/// [`on_person_updated`](crate::OktaBuilder::on_person_updated), and
/// [`on_person_deactivated`](crate::OktaBuilder::on_person_deactivated).
#[derive(Debug)]
#[non_exhaustive]
pub struct PersonChange {
    kind: PersonChangeKind,
    before: Option<Person>,
    person: Person,
    #[cfg_attr(
        not(feature = "transaction"),
        expect(dead_code, reason = "nobody can use it")
    )]
    lent: Lent,
}

impl PersonChange {
    /// Returns what becomes of the person.
    #[must_use]
    pub fn kind(&self) -> PersonChangeKind {
        self.kind
    }

    /// Returns the person as they will be. Whoever is deleted is as they were, and not active.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// Returns the person as they were. `None` if they are new.
    #[must_use]
    pub fn before(&self) -> Option<&Person> {
        self.before.as_ref()
    }

    /// Returns the transaction in which the change is stored, for statements of your own on tables that are
    /// in the plugin's database: they count if and only if the change does. sqlx' `Any` driver runs them, so
    /// parameters are `$1`, `$2`, …, with SQLite and with PostgreSQL.
    ///
    /// ```
    /// use axum_okta::{Okta, sqlx};
    ///
    /// let okta = Okta::builder().on_person_created(async |created| {
    ///     let transaction = created.transaction()?;
    ///     let insert = sqlx::query("INSERT INTO users (id, name) VALUES ($1, $2)");
    ///     let insert = insert.bind(created.person().id()).bind(created.person().display_name());
    ///     insert.execute(&transaction).await?;
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// [`TransactionOver`] if your function has returned, or has taken too long.
    #[cfg(feature = "transaction")]
    #[cfg_attr(docsrs, doc(cfg(feature = "transaction")))]
    pub fn transaction(&self) -> Result<LentTransaction, TransactionOver> {
        self.lent.transaction().ok_or(TransactionOver)
    }
}

/// The transaction of a change was used after the change.
#[cfg(feature = "transaction")]
#[cfg_attr(docsrs, doc(cfg(feature = "transaction")))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change is over, and with it its transaction. Use it before your function returns")]
#[non_exhaustive]
pub struct TransactionOver;

/// The app's functions.
#[derive(Clone, Default)]
pub(crate) struct PersonHooks {
    pub(crate) created: Option<Asked<PersonChange>>,
    pub(crate) updated: Option<Asked<PersonChange>>,
    pub(crate) deactivated: Option<Asked<PersonChange>>,
}

impl PersonHooks {
    fn of(&self, kind: PersonChangeKind) -> Option<&Asked<PersonChange>> {
        match kind {
            PersonChangeKind::Created => self.created.as_ref(),
            PersonChangeKind::Updated => self.updated.as_ref(),
            PersonChangeKind::Deactivated | PersonChangeKind::Deleted => self.deactivated.as_ref(),
        }
    }

    /// The name of the function that is asked about it.
    pub(crate) fn asked(
        &self,
        before: Option<&Resource>,
        after: Option<&Resource>,
    ) -> Option<&'static str> {
        let kind = PersonChangeKind::of(before, after)?;
        self.of(kind).map(|hook| hook.name)
    }

    /// Shows the app what is about to be committed. The change is given up unless the app agrees.
    pub(crate) async fn ask<'c>(
        &self,
        services: &Services,
        connection: &str,
        change: Change<'c>,
        before: Option<&Resource>,
        after: Option<&Resource>,
    ) -> Result<Change<'c>, AskError> {
        let Some(kind) = PersonChangeKind::of(before, after) else {
            return Ok(change);
        };
        let Some(hook) = self.of(kind) else {
            return Ok(change);
        };
        let person = |found: &Resource| Person::new(services, connection, found.clone());
        let (before, after) = (before.map(person), after.map(person));
        let Some(person) = after.or_else(|| before.as_ref().map(Person::deactivated)) else {
            return Ok(change);
        };
        let (change, answer) = change
            .lend(|lent| {
                let shown = PersonChange {
                    kind,
                    before,
                    person,
                    lent,
                };
                hook.ask(shown, PATIENCE)
            })
            .await;
        answer?;
        change.ok_or(AskError::StillAtIt(hook.name))
    }
}
