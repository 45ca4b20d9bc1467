//! The app's code that is told what has happened: whatever it does, it has happened.

use std::{error::Error, time::Duration};

use super::{Hook, HookError};

/// Longer than a database takes.
const PATIENCE: Duration = Duration::from_secs(10);

type Failure = Box<dyn Error + Send + Sync>;

/// Why the app's code did not come to a good end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToldError {
    #[error("the app's `{0}` failed")]
    Failed(&'static str, #[source] Failure),
    #[error("the app's `{0}` panicked")]
    Panicked(&'static str),
    #[error("the app's `{name}` took longer than {} seconds", PATIENCE.as_secs())]
    TooSlow { name: &'static str },
}

/// A failure is for the log alone.
pub(crate) type Told<T> = Hook<T, Failure>;

impl<T: Send + 'static> Told<T> {
    pub(crate) async fn tell(&self, what: T) -> Result<(), ToldError> {
        let name = self.name;
        let told = self.call(what, PATIENCE).await;
        told.map_err(|error| match error {
            HookError::Failed(failure) => ToldError::Failed(name, failure),
            HookError::Panicked => ToldError::Panicked(name),
            HookError::TooSlow => ToldError::TooSlow { name },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn told<R>(hook: impl Fn() -> R + Send + Sync + 'static) -> Result<(), ToldError>
    where
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        Told::new("hook", move |()| hook()).tell(()).await
    }

    #[tokio::test]
    async fn whatever_the_app_does_is_noticed() {
        assert!(told(async || Ok(())).await.is_ok());
        let failed = told(async || Err("no mail server".into())).await;
        assert!(matches!(failed, Err(ToldError::Failed(..))));
        let in_the_future = told(async || panic!("on purpose")).await;
        assert!(matches!(in_the_future, Err(ToldError::Panicked(_))));
        let in_the_call = told(|| -> std::future::Ready<_> { panic!("on purpose") }).await;
        assert!(matches!(in_the_call, Err(ToldError::Panicked(_))));
    }
}
