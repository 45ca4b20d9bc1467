//! On one server, one request to Okta about a session serves all who wait for it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture, future::Shared};
use tower_sessions::session::Id;

use super::RecheckError;
use crate::{causes::with_causes, services::Services, session::Due};

/// Early enough for the former refresh token, if Okta's answer was lost.
const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// What can be tried again is forgotten when there are this many.
const CLEAR_AT: usize = 1024;

/// Sessions about which Okta is being asked, or was asked in vain.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<Id, Flight>>);

struct Flight {
    failures: u32,
    state: State,
}

enum State {
    UnderWay(Asking),
    Postponed(Instant),
}

/// Done when Okta has answered, and the answer is stored.
pub(super) type Asking = Shared<BoxFuture<'static, Result<(), Arc<RecheckError>>>>;

impl Services {
    /// Asks Okta about the person, or waits with whoever asks already. `None` shortly after Okta
    /// didn't answer, unless somebody can't go on without an answer: the last try ends the session.
    pub(super) fn ask_again(self: &Arc<Self>, id: Id, due: Due) -> Option<Asking> {
        let mut flights = self.flights.lock();
        let failures = match flights.get(&id) {
            Some(Flight { state, failures }) => match state {
                State::UnderWay(asking) => return Some(asking.clone()),
                State::Postponed(until) if due != Due::Overdue && *until > Instant::now() => {
                    return None;
                }
                State::Postponed(_) => *failures,
            },
            None => 0,
        };
        let services = self.clone();
        // Continues even if nobody waits any more.
        let task = tokio::spawn(async move {
            let asked = services.ask(id).await;
            services.flights.land(id, &asked);
            asked.map_err(Arc::new)
        });
        let asking = async move {
            task.await
                .unwrap_or_else(|_| Err(Arc::new(RecheckError::Stopping)))
        };
        let asking = asking.boxed().shared();
        let state = State::UnderWay(asking.clone());
        flights.insert(id, Flight { failures, state });
        Some(asking)
    }
}

impl Flights {
    fn land(&self, id: Id, asked: &Result<(), RecheckError>) {
        let mut flights = self.lock();
        let Err(error) = asked else {
            flights.remove(&id);
            return;
        };
        tracing::warn!(
            error = with_causes(error),
            "a session goes on without an answer from Okta"
        );
        if flights.len() >= CLEAR_AT {
            let now = Instant::now();
            flights.retain(|_, flight| match flight.state {
                State::UnderWay(_) => true,
                State::Postponed(until) => until > now,
            });
        }
        let failures = flights.get(&id).map_or(0, |flight| flight.failures);
        let wait = FIRST_RETRY.saturating_mul(2_u32.saturating_pow(failures));
        let state = State::Postponed(Instant::now() + wait.min(LONGEST_RETRY));
        let failures = failures.saturating_add(1);
        flights.insert(id, Flight { failures, state });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Flight>> {
        // No code panics while holding the lock, and the value would be intact in any case.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
