//! What follows the end of a session: the app is told, and Okta revokes its refresh token.

use std::collections::HashMap;

use secrecy::SecretString;
use serde_json::Value;
use tower_sessions::session::Record;

use super::{Content, EndCause, SessionEnded, Sessions, SignedIn};
use crate::store::{SessionHolder, SessionKey, StoredSession};

/// A refresh token that is to be revoked at Okta (RFC 7009).
pub(crate) struct Revocation {
    /// The connection that it came through.
    pub(crate) connection_id: String,
    pub(crate) refresh_token: SecretString,
}

/// What is left of a session that has ended.
pub(super) struct Remains {
    key: SessionKey,
    /// Whose it was, if somebody was signed in with it.
    pub(super) holder: Option<SessionHolder>,
    revocation: Option<Revocation>,
}

impl Remains {
    pub(super) fn of(key: &SessionKey, session: &StoredSession) -> Self {
        Self::of_content(key, &session.content)
    }

    pub(super) fn of_content(key: &SessionKey, content: &str) -> Self {
        // Nobody can have been signed in with one that can't be read.
        let data = serde_json::from_str(content).unwrap_or_default();
        Self::of_data(key.clone(), &data)
    }

    pub(super) fn of_record(record: &Record) -> Self {
        Self::of_data(SessionKey::of(&record.id), &record.data)
    }

    fn of_data(key: SessionKey, data: &HashMap<String, Value>) -> Self {
        let content = Content::of_data_that_may_have_ended(data).ok();
        match content.and_then(|content| content.signed_in) {
            Some(signed_in) => Self::of_signed_in(&key, signed_in),
            None => Self::of_holder(&key, None),
        }
    }

    pub(super) fn of_signed_in(key: &SessionKey, signed_in: SignedIn) -> Self {
        Self {
            holder: Some(SessionHolder::from(&signed_in)),
            revocation: Revocation::of(signed_in),
            ..Self::of_holder(key, None)
        }
    }

    /// Of one among so many that their content was not read.
    pub(super) fn of_holder(key: &SessionKey, holder: Option<SessionHolder>) -> Self {
        Self {
            key: key.clone(),
            holder,
            revocation: None,
        }
    }
}

impl Revocation {
    fn of(signed_in: SignedIn) -> Option<Self> {
        Some(Self {
            refresh_token: signed_in.tokens?.refresh_token.into(),
            connection_id: signed_in.connection_id,
        })
    }
}

impl Sessions {
    /// Nobody waits for what follows.
    pub(super) fn after_end(&self, ended: impl IntoIterator<Item = Remains>, cause: EndCause) {
        let ended = ended.into_iter().filter_map(|remains| {
            if let Some(revocation) = remains.revocation {
                self.revoke(revocation);
            }
            Some(SessionEnded::new(&remains.key, remains.holder?, cause))
        });
        self.tell_app(ended.collect());
    }

    /// Has a refresh token revoked that no session needs any more.
    pub(crate) fn revoke(&self, revocation: Revocation) {
        if self.revocations.try_send(revocation).is_err() {
            tracing::warn!(
                "a refresh token is not revoked at Okta, because too many others wait for it. It expires there by itself"
            );
        }
    }
}
