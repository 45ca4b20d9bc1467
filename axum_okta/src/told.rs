//! The app's code that is told what has happened: whatever it does, it has happened.

use std::{error::Error, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};

/// Longer than a database takes.
const PATIENCE: Duration = Duration::from_secs(10);

type Failure = Box<dyn Error + Send + Sync>;
type Call<T> = dyn Fn(T) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync;

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

/// A function of the app's, by the name of the builder's method that sets it.
pub(crate) struct Told<T> {
    name: &'static str,
    call: Arc<Call<T>>,
}

impl<T> Clone for Told<T> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            call: self.call.clone(),
        }
    }
}

impl<T: 'static> Told<T> {
    pub(crate) fn new<F, R>(name: &'static str, hook: F) -> Self
    where
        T: Send,
        F: Fn(T) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        // Called only when it is polled, so that a panic of the call itself is caught, too.
        let hook = Arc::new(hook);
        let call = move |told| {
            let hook = hook.clone();
            async move { hook(told).await }.boxed()
        };
        Self {
            name,
            call: Arc::new(call),
        }
    }

    pub(crate) async fn tell(&self, what: T) -> Result<(), ToldError> {
        let answer = AssertUnwindSafe((self.call)(what)).catch_unwind();
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer.map_err(|failure| ToldError::Failed(self.name, failure)),
            Ok(Err(_panic)) => Err(ToldError::Panicked(self.name)),
            Err(_elapsed) => Err(ToldError::TooSlow { name: self.name }),
        }
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
