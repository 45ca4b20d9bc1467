//! What became of the calls from Okta: the last ones for the settings page, and a limit for those
//! that strangers make.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use okta_types::{SignOutAddress, SignOutCall, SignOutCalls};

use crate::{
    http::{client_address::counted_as, limit::Limiter},
    store::{Store, StoreError, now},
};

/// From one client. Calls that Okta signed are not among them.
const REFUSED_PER_MINUTE: u32 = 60;
/// From one client: an office that signs out at once.
const FRAMES_PER_MINUTE: u32 = 300;

/// The calls of the addresses at which Okta ends sessions.
pub(crate) struct Calls {
    /// The last ones on this server, as far as they are not stored yet.
    last: Mutex<HashMap<SignOutAddress, SignOutCalls>>,
    refused: Limiter<IpAddr>,
    /// By connection. An organization brings its own issuer, which can sign as much as it likes.
    signed: Limiter<String>,
    frames: Limiter<IpAddr>,
}

impl Calls {
    pub(crate) fn new(signed_per_minute: u32) -> Self {
        Self {
            last: Mutex::default(),
            refused: Limiter::per_minute(REFUSED_PER_MINUTE),
            signed: Limiter::per_minute(signed_per_minute),
            frames: Limiter::per_minute(FRAMES_PER_MINUTE),
        }
    }

    /// Whether this client may load the page of the front channel again, which nobody signs.
    pub(super) fn allow_frame(&self, client: Option<IpAddr>) -> bool {
        self.frames.allows(&counted_as(client))
    }

    /// Whether this client may be refused again. Beyond that, nothing is written for it.
    pub(super) fn allow_refused(&self, client: Option<IpAddr>) -> bool {
        self.refused.allows(&counted_as(client))
    }

    /// Whether the issuer of this connection may call again.
    pub(super) fn allow_signed(&self, connection: &str) -> bool {
        self.signed.allows(&connection.to_owned())
    }

    pub(super) fn note_accepted(&self, address: SignOutAddress, result: &str) {
        self.noted(address, |calls, call| calls.accepted = Some(call), result);
    }

    pub(super) fn note_refused(&self, address: SignOutAddress, reason: &str) {
        self.noted(address, |calls, call| calls.refused = Some(call), reason);
    }

    fn noted(
        &self,
        address: SignOutAddress,
        put: fn(&mut SignOutCalls, SignOutCall),
        result: &str,
    ) {
        let mut last = self.last();
        let calls = last.entry(address);
        let calls = calls.or_insert_with(|| SignOutCalls::none(address));
        put(calls, SignOutCall::new(now(), result));
    }

    fn last(&self) -> MutexGuard<'_, HashMap<SignOutAddress, SignOutCalls>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last calls of each address. Those of other servers may be a minute older.
    pub(crate) async fn all(&self, store: &Store) -> Result<Vec<SignOutCalls>, StoreError> {
        let mut all = Vec::new();
        for address in SignOutAddress::ALL {
            let mut calls = store.sign_out_calls(address).await?;
            if let Some(noted) = self.last().get(&address) {
                calls.merge(noted);
            }
            all.push(calls);
        }
        Ok(all)
    }

    /// Stores what is noted. Once a minute, so that no call costs a write of its own.
    pub(crate) async fn store(&self, store: &Store) -> Result<(), StoreError> {
        let noted = self.last().clone();
        if noted.is_empty() {
            return Ok(());
        }
        let mut change = store.change().await?;
        for calls in noted.values() {
            change.put_sign_out_calls(calls).await?;
        }
        change.commit().await?;
        self.last()
            .retain(|address, calls| noted.get(address) != Some(calls));
        Ok(())
    }
}
