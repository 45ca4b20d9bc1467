//! Sessions that start and end as part of a change.

use super::{EndedSession, SessionHome, SessionIndex, SessionKey, StoredSession};
use crate::store::{Change, StoreError, Whose};

impl Change<'_> {
    /// `false` when there is a session with this id. Without an index it is yet to be
    /// [indexed](Self::index_session).
    ///
    /// Outside of the database it is written at once, and deleted again if the change isn't
    /// committed: nobody knows its id before.
    pub(crate) async fn insert_session(
        &mut self,
        key: &SessionKey,
        session: &StoredSession,
        index: Option<&SessionIndex>,
    ) -> Result<bool, StoreError> {
        match &self.store.sessions {
            SessionHome::Database => self.insert_session_in_database(key, session, index).await,
            #[cfg(feature = "redis")]
            SessionHome::Redis(redis) => {
                let new = self.store.new_session(key, session, index)?;
                // Before, because an answer can be lost.
                self.uncommitted.add(redis, key);
                let inserted = redis.insert(&new).await?;
                if !inserted {
                    self.uncommitted.leave_last();
                }
                Ok(inserted)
            }
        }
    }

    /// Ends a session. Gives what it was, if it could be read.
    ///
    /// Outside of the database it ends at once, even if the change is not committed. In any case
    /// one that the database still has from before ends, too.
    pub(crate) async fn take_session(
        &mut self,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        self.news.session_ended(key);
        #[cfg(feature = "redis")]
        if let SessionHome::Redis(redis) = &self.store.sessions {
            let taken = redis.take(key).await?;
            self.take_session_in_database(key).await?;
            return Ok(taken.and_then(|taken| self.store.opened(key, taken.sealed).ok()));
        }
        self.take_session_in_database(key).await
    }

    /// Ends their sessions. Gives which, and what each was unless they may be everybody's. The same
    /// holds as for [one](Self::take_session).
    pub(crate) async fn delete_sessions_of(
        &mut self,
        whose: &Whose,
    ) -> Result<Vec<EndedSession>, StoreError> {
        #[cfg(feature = "redis")]
        if let SessionHome::Redis(redis) = &self.store.sessions {
            let index = self.store.index_of(whose);
            let with_content = !whose.may_be_everybody();
            let mut ended = redis.take_all(&index, with_content).await?;
            ended.extend(self.delete_sessions_in_database_of(whose).await?);
            self.announce_ended(&ended);
            return Ok(ended);
        }
        let ended = self.delete_sessions_in_database_of(whose).await?;
        self.announce_ended(&ended);
        Ok(ended)
    }

    fn announce_ended(&mut self, ended: &[EndedSession]) {
        for session in ended {
            self.news.session_ended(&session.key);
        }
    }
}
