//! New sessions whose change is not committed yet.

use tokio::runtime::Handle;

use super::{Redis, SessionKey};
use crate::causes::with_causes;

/// They are deleted again unless they are kept. Nobody knows their ids so far.
#[derive(Default)]
pub(in crate::store) struct Uncommitted(Vec<(Redis, SessionKey)>);

impl Uncommitted {
    pub(in crate::store::sessions) fn add(&mut self, redis: &Redis, key: &SessionKey) {
        self.0.push((redis.clone(), key.clone()));
    }

    /// The last one added is somebody else's.
    pub(in crate::store::sessions) fn leave_last(&mut self) {
        self.0.pop();
    }

    pub(in crate::store) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Uncommitted {
    fn drop(&mut self) {
        let sessions = std::mem::take(&mut self.0);
        if sessions.is_empty() {
            return;
        }
        let delete = async move {
            for (redis, key) in sessions {
                if let Err(error) = redis.take(&key).await {
                    let error = with_causes(&error);
                    tracing::warn!(error, "a session that nobody has could not be deleted");
                }
            }
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(delete);
        }
    }
}
