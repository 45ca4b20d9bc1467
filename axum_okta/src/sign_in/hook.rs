//! The app's own code for a person who is about to be signed in, which may refuse them.

use std::{error::Error, fmt, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use okta_types::Identity;

use crate::store::Source;

/// Longer than a database takes, shorter than a person waits.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Why the function given to [`OktaBuilder::on_signed_in`](crate::OktaBuilder::on_signed_in) didn't
/// let a person in: with a message for that person ([`new`](Self::new)), or because of any other
/// error, which `?` converts. Such an error goes to the log; the person is told only that the app
/// couldn't finish the sign-in.
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
    /// Creates a refusal with a message for the person: what is wrong, and what they can do.
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

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HookError {
    #[error("its `on_signed_in` refused with the words “{0}”")]
    Refused(String),
    #[error("its `on_signed_in` failed")]
    Failed(#[source] Source),
    #[error("its `on_signed_in` panicked")]
    Panicked,
    #[error("its `on_signed_in` took longer than {} seconds", .0.as_secs())]
    TooSlow(Duration),
}

impl From<Refusal> for HookError {
    fn from(Refusal(reason): Refusal) -> Self {
        match reason {
            Reason::Words(words) => Self::Refused(words),
            Reason::Failure(error) => Self::Failed(error),
        }
    }
}

type Call = dyn Fn(Identity) -> BoxFuture<'static, Result<(), Refusal>> + Send + Sync;

/// The app's code. Anything but a regular end denies.
#[derive(Clone)]
pub(crate) struct Hook(Arc<Call>);

impl Hook {
    pub(crate) fn new<F, R>(hook: F) -> Self
    where
        F: Fn(Identity) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        // Called only when it is polled, so that a panic of the call itself is caught, too.
        let hook = Arc::new(hook);
        Self(Arc::new(move |identity| {
            let hook = hook.clone();
            async move { hook(identity).await }.boxed()
        }))
    }

    pub(super) async fn ask(
        &self,
        identity: Identity,
        patience: Duration,
    ) -> Result<(), HookError> {
        let answer = AssertUnwindSafe((self.0)(identity)).catch_unwind();
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(_panic)) => Err(HookError::Panicked),
            Err(_elapsed) => Err(HookError::TooSlow(patience)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked<R>(hook: impl Fn() -> R + Send + Sync + 'static) -> Result<(), HookError>
    where
        R: Future<Output = Result<(), Refusal>> + Send + 'static,
    {
        let ada = Identity::new("https://dev-1.okta.com", "00u1");
        let hook = Hook::new(move |_ada| hook());
        hook.ask(ada, Duration::from_millis(20)).await
    }

    #[tokio::test]
    async fn only_a_hook_that_comes_to_a_good_end_lets_in() {
        assert!(asked(async || Ok(())).await.is_ok());

        let refused = asked(async || Err(Refusal::new("No."))).await;
        assert!(matches!(refused, Err(HookError::Refused(words)) if words == "No."));
        let failed = asked(async || {
            let _number: u8 = "none".parse()?;
            Ok(())
        });
        assert!(matches!(failed.await, Err(HookError::Failed(_))));
        let slow = asked(std::future::pending).await;
        assert!(matches!(slow, Err(HookError::TooSlow(_))));
    }

    #[tokio::test]
    async fn a_panic_lets_nobody_in() {
        let in_the_future = asked(async || panic!("on purpose")).await;
        assert!(matches!(in_the_future, Err(HookError::Panicked)));
        let in_the_call = asked(|| -> std::future::Ready<_> { panic!("on purpose") }).await;
        assert!(matches!(in_the_call, Err(HookError::Panicked)));
    }
}
