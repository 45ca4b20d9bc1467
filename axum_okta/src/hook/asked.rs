//! The app's own code that is asked before something happens: whatever it doesn't agree to, doesn't.

use std::{error::Error, fmt, time::Duration};

use super::{Hook, HookError};
use crate::store::Source;

/// Why a function of yours refused: with a message ([`new`](Self::new)), or because of any other error,
/// which `?` converts. Such an error goes to the log, and nobody else is told what it says.
///
/// From [`OktaBuilder::on_signed_in`](crate::OktaBuilder::on_signed_in), the message is for the person
/// who signs in. From [`on_person_created`](crate::OktaBuilder::on_person_created) and
/// [`on_person_updated`](crate::OktaBuilder::on_person_updated), it is for the admin of Okta, whose
/// console shows it.
///
/// ```
/// use axum_okta::error::Refusal;
///
/// fn only_customers(customer_until: Option<&str>) -> Result<(), Refusal> {
///     let until = customer_until.ok_or(Refusal::new("Your company isn't a customer yet."))?;
///     let _year: u16 = until.parse()?;
///     Ok(())
/// }
/// ```
pub struct Refusal(Reason);

enum Reason {
    Words(String),
    Failure(Source),
}

impl Refusal {
    /// Creates a refusal with a message: what is wrong, and what to do about it.
    #[must_use]
    pub fn new(words: impl Into<String>) -> Self {
        Self(Reason::Words(words.into()))
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(Reason::Failure(error.into()))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Words(words) => f.debug_tuple("Refusal").field(words).finish(),
            Reason::Failure(error) => f.debug_tuple("Refusal").field(error).finish(),
        }
    }
}

/// Why the app's code did not agree.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error("its `{name}` refused with the words “{words}”")]
    Refused { name: &'static str, words: String },
    #[error("its `{0}` failed")]
    Failed(&'static str, #[source] Source),
    #[error("its `{0}` panicked")]
    Panicked(&'static str),
    #[error("its `{name}` took longer than {} seconds", .patience.as_secs())]
    TooSlow {
        name: &'static str,
        patience: Duration,
    },
    #[error("its `{0}` is done, but goes on using the transaction")]
    StillAtIt(&'static str),
}

/// Anything but a regular end is a refusal.
pub(crate) type Asked<T> = Hook<T, Refusal>;

impl<T: Send + 'static> Asked<T> {
    pub(crate) async fn ask(&self, what: T, patience: Duration) -> Result<(), AskError> {
        let name = self.name;
        let asked = self.call(what, patience).await;
        asked.map_err(|error| match error {
            HookError::Failed(Refusal(Reason::Words(words))) => AskError::Refused { name, words },
            HookError::Failed(Refusal(Reason::Failure(error))) => AskError::Failed(name, error),
            HookError::Panicked => AskError::Panicked(name),
            HookError::TooSlow => AskError::TooSlow { name, patience },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked<R>(hook: impl Fn() -> R + Send + Sync + 'static) -> Result<(), AskError>
    where
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        let hook = Asked::new("hook", move |()| hook());
        hook.ask((), Duration::from_millis(20)).await
    }

    #[tokio::test]
    async fn only_a_hook_that_comes_to_a_good_end_agrees() {
        assert!(asked(async || Ok(())).await.is_ok());

        let refused = asked(async || Err(Refusal::new("No."))).await;
        assert!(matches!(refused, Err(AskError::Refused { words, .. }) if words == "No."));
        let failed = asked(async || {
            let _number: u8 = "none".parse()?;
            Ok(())
        });
        assert!(matches!(failed.await, Err(AskError::Failed(..))));
        let slow = asked(std::future::pending).await;
        assert!(matches!(slow, Err(AskError::TooSlow { .. })));
    }

    #[tokio::test]
    async fn a_panic_agrees_to_nothing() {
        let in_the_future = asked(async || panic!("on purpose")).await;
        assert!(matches!(in_the_future, Err(AskError::Panicked(_))));
        let in_the_call = asked(|| -> std::future::Ready<_> { panic!("on purpose") }).await;
        assert!(matches!(in_the_call, Err(AskError::Panicked(_))));
    }
}
