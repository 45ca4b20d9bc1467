//! Lines to stand in, one for each name: whoever waits in one holds up nobody in another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::{Mutex, OwnedMutexGuard};

/// A line is there for as long as somebody stands in it.
#[derive(Default)]
pub(crate) struct Lines(StdMutex<HashMap<String, Weak<Mutex<()>>>>);

impl Lines {
    /// Waits until nobody else is at the front of this line.
    pub(crate) async fn front_of(&self, name: &str) -> OwnedMutexGuard<()> {
        let line = self.line(name);
        if line.try_lock().is_err() {
            tracing::debug!(name, "waiting in line");
        }
        line.lock_owned().await
    }

    fn line(&self, name: &str) -> Arc<Mutex<()>> {
        let mut lines = self.lines();
        if let Some(line) = lines.get(name).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::default();
        lines.insert(name.to_owned(), Arc::downgrade(&line));
        line
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Weak<Mutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn whoever_waits_in_a_line_holds_up_nobody_in_another() {
        let lines = Lines::default();
        let first = lines.front_of("acme").await;
        assert!(lines.front_of("acme").now_or_never().is_none());
        assert!(lines.front_of("beta").now_or_never().is_some());
        drop(first);
        assert!(lines.front_of("acme").now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_line_in_which_nobody_stands_is_forgotten() {
        let lines = Lines::default();
        for number in 0..10 {
            drop(lines.front_of(&number.to_string()).await);
        }
        assert_eq!(lines.lines().len(), 1);
    }
}
