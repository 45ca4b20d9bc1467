//! A transaction that the app's own code writes to, before it is committed.

#[cfg(feature = "transaction")]
use std::ops::{Deref, DerefMut};
use std::{fmt, sync::Arc};

#[cfg(feature = "transaction")]
use sqlx::AnyConnection;
use tokio::sync::Mutex;
#[cfg(feature = "transaction")]
use tokio::sync::{OwnedMappedMutexGuard, OwnedMutexGuard};

use super::{Change, database::Transaction};

type Slot = Option<Box<Transaction>>;

/// A transaction for as long as the app's code may use it. Then it is taken out.
#[derive(Clone)]
pub(crate) struct Lent(Arc<Mutex<Slot>>);

impl Lent {
    fn new(transaction: Box<Transaction>) -> Self {
        Self(Arc::new(Mutex::new(Some(transaction))))
    }

    /// `None` if it is in use still.
    fn take_back(&self) -> Slot {
        self.0.try_lock().ok()?.take()
    }

    /// Waits for other uses of it. `None` once it was taken back.
    #[cfg(feature = "transaction")]
    pub(crate) async fn transaction(&self) -> Option<LentTransaction> {
        let slot = self.0.clone().lock_owned().await;
        let connection = OwnedMutexGuard::try_map(slot, connection).ok()?;
        Some(LentTransaction(connection))
    }
}

#[cfg(feature = "transaction")]
fn connection(slot: &mut Slot) -> Option<&mut AnyConnection> {
    let transaction = slot.as_deref_mut()?;
    Some(&mut **transaction)
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").finish_non_exhaustive()
    }
}

/// The transaction in which the plugin stores what Okta has sent, for statements of your own: from
/// [`PersonChange::transaction`](crate::directory::PersonChange::transaction).
///
/// It is the plugin's to commit. If you roll it back yourself, or if the database refuses one of your
/// statements, refuse the change.
#[cfg(feature = "transaction")]
#[cfg_attr(docsrs, doc(cfg(feature = "transaction")))]
pub struct LentTransaction(OwnedMappedMutexGuard<Slot, AnyConnection>);

#[cfg(feature = "transaction")]
impl Deref for LentTransaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0
    }
}

#[cfg(feature = "transaction")]
impl DerefMut for LentTransaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

#[cfg(feature = "transaction")]
impl fmt::Debug for LentTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentTransaction").finish_non_exhaustive()
    }
}

impl Change<'_> {
    /// Lends the transaction to the app's code. `None` if that is done and still uses it: then nothing
    /// of this change is ever committed.
    pub(crate) async fn lend<T, F>(self, work: impl FnOnce(Lent) -> F) -> Option<(Self, T)>
    where
        F: Future<Output = T>,
    {
        let lent = Lent::new(self.transaction);
        let done = work(lent.clone()).await;
        let transaction = lent.take_back()?;
        Some((
            Self {
                transaction,
                ..self
            },
            done,
        ))
    }
}
