//! Hearing what the other servers announce, and doing as it says.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::{CATCH_UP_EVERY, PATIENCE, Servers};
use crate::{
    causes::with_causes,
    store::{Announcement, Heard, StoreError},
};

/// How often it is proved that this server hears.
const BEAT_EVERY: Duration = Duration::from_secs(1);

impl Servers {
    /// Hears for as long as it runs.
    pub(crate) async fn hear(self: Arc<Self>) {
        let mut is_warned = false;
        loop {
            let mut hears = false;
            let error = match self.hear_until_it_breaks(&mut hears).await {
                Ok(()) => return,
                Err(error) => error,
            };
            self.lease.end();
            if hears || !is_warned {
                is_warned = true;
                tracing::warn!(
                    error = with_causes(&error),
                    "other servers can't be heard at the moment. What they change counts here up to five seconds \
                     later, and sessions are read from the database more often"
                );
            }
            self.sessions.look_again();
            if let Err(error) = self.catch_up().await {
                tracing::debug!(error = with_causes(&error), "the settings can't be read");
            }
            sleep(CATCH_UP_EVERY).await;
        }
    }

    /// An error says that something may have been missed.
    async fn hear_until_it_breaks(&self, hears: &mut bool) -> Result<(), StoreError> {
        let Some(mut listening) = self.store.listen().await? else {
            return Ok(());
        };
        // From now on everything is heard, but not what happened before.
        self.obey_in_time(Announcement::Anything).await?;
        let mut beat = interval(BEAT_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_beat = Instant::now();
        loop {
            tokio::select! {
                heard = listening.next() => match heard? {
                    Heard::Announcement(message) => {
                        if let Some(announcement) = self.store.heard(&message) {
                            self.obey_in_time(announcement).await?;
                        }
                    }
                    Heard::Beat => {
                        if !*hears {
                            *hears = true;
                            tracing::info!("other servers are heard");
                        }
                        self.lease.extend(last_beat);
                        if !self.store.announces_every_end() {
                            self.sessions.look_again();
                        }
                    }
                },
                _ = beat.tick() => {
                    last_beat = Instant::now();
                    listening.beat().await?;
                }
            }
        }
    }

    async fn obey_in_time(&self, announcement: Announcement) -> Result<(), StoreError> {
        let obeyed = timeout(PATIENCE, self.obey(announcement)).await;
        obeyed.unwrap_or(Err(StoreError::Busy))
    }

    async fn obey(&self, announcement: Announcement) -> Result<(), StoreError> {
        let is_of_sessions = matches!(
            announcement,
            Announcement::Ended(_) | Announcement::Changed(_)
        );
        match announcement {
            Announcement::Ended(keys) => keys.iter().for_each(|key| self.sessions.heard_end(key)),
            Announcement::Changed(keys) => keys.iter().for_each(|key| self.sessions.forget(key)),
            Announcement::People {
                connection,
                subjects,
            } => self.sessions.people_changed(&connection, &subjects),
            Announcement::ManyPeople(connection) => self.sessions.all_people_changed(&connection),
            Announcement::ManyEnded => self.sessions.forget_everything(),
            Announcement::Connection(name) => {
                self.connections.read_again(&name).await?;
                self.sessions.look_again();
            }
            Announcement::Settings => {
                self.connections.read_all_again().await?;
                self.sessions.look_again();
            }
            Announcement::Anything => {
                self.sessions.forget_everything();
                self.connections.read_all_again().await?;
            }
        }
        if !is_of_sessions {
            self.store.scim_may_have_changed();
        }
        Ok(())
    }
}
