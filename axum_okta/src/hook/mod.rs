//! Functions of the app's own. They run beside a person who waits: one that panics, or never ends, is
//! no different from one that fails.

mod asked;
mod told;

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};

pub use asked::Refusal;
pub(crate) use asked::{AskError, Asked};
pub(crate) use told::Told;

type Call<T, E> = dyn Fn(T) -> BoxFuture<'static, Result<(), E>> + Send + Sync;

/// A function of the app's, by the name of the builder's method that sets it.
pub(crate) struct Hook<T, E> {
    pub(crate) name: &'static str,
    call: Arc<Call<T, E>>,
}

impl<T, E> Clone for Hook<T, E> {
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            call: self.call.clone(),
        }
    }
}

/// Why a hook did not come to a good end.
enum HookError<E> {
    Failed(E),
    Panicked,
    TooSlow,
}

impl<T: Send + 'static, E> Hook<T, E> {
    pub(crate) fn new<F, R>(name: &'static str, hook: F) -> Self
    where
        F: Fn(T) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
    {
        // Called only when it is polled, so that a panic of the call itself is caught, too.
        let hook = Arc::new(hook);
        let call = move |what| {
            let hook = hook.clone();
            async move { hook(what).await }.boxed()
        };
        Self {
            name,
            call: Arc::new(call),
        }
    }

    async fn call(&self, what: T, patience: Duration) -> Result<(), HookError<E>> {
        let answer = AssertUnwindSafe((self.call)(what)).catch_unwind();
        match tokio::time::timeout(patience, answer).await {
            Ok(Ok(answer)) => answer.map_err(HookError::Failed),
            Ok(Err(_panic)) => Err(HookError::Panicked),
            Err(_elapsed) => Err(HookError::TooSlow),
        }
    }
}
