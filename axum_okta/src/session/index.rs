//! What a person's sessions are found by, beside their encrypted content: whose one is, and when it
//! was in use last.

use std::{collections::HashMap, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use super::{Content, Seen, Sessions, SignedIn, browser};
use crate::store::{SessionHolder, SessionIndex, SessionKey, SessionOwner, StoreError, now};

/// Sessions that are written in one change.
const AT_ONCE: usize = 500;

impl SessionIndex {
    /// Of what a session holds. One that cannot be read is nobody's.
    pub(super) fn of(data: &HashMap<String, Value>) -> Self {
        let content = Content::of_data(data).ok();
        let signed_in = content.and_then(|content| content.signed_in);
        let since = signed_in
            .as_ref()
            .map(|signed_in| signed_in.identity.signed_in_at);
        Self {
            since: since.unwrap_or_else(now),
            owner: signed_in.as_ref().map(SessionOwner::from),
            holder: signed_in.as_ref().map(SessionHolder::from),
        }
    }
}

impl From<&SignedIn> for SessionOwner {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            okta_sid: signed_in.okta_sid(),
            issuer: signed_in.identity.issuer.clone(),
            subject: signed_in.identity.subject.clone(),
            email: signed_in.identity.email.clone(),
            connection_id: signed_in.connection_id.clone(),
        }
    }
}

impl From<&SignedIn> for SessionHolder {
    fn from(signed_in: &SignedIn) -> Self {
        let SignedIn {
            identity, device, ..
        } = signed_in;
        Self {
            issuer: identity.issuer.clone(),
            subject: identity.subject.clone(),
            name: identity.display_name().to_owned(),
            email: identity.email.clone(),
            connection: identity.connection.clone(),
            browser: browser::in_words(device.user_agent.as_deref()),
            address: device.address,
        }
    }
}

/// The `sid` of an ID token (OpenID Connect Front-Channel Logout §3). The token was verified before
/// it was stored.
pub(super) fn sid(id_token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        sid: String,
    }
    let payload = id_token.split('.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Claims = serde_json::from_slice(&json).ok()?;
    Some(claims.sid)
}

impl Sessions {
    /// Indexes what a version before this one has written, or still writes beside this one.
    pub(crate) async fn index_former(&self) -> Result<(), StoreError> {
        loop {
            let found = self.store.sessions_to_index(AT_ONCE as i64).await?;
            if found.is_empty() {
                return Ok(());
            }
            let mut change = self.store.change().await?;
            for (id, session) in found {
                let data = session.ok();
                let data = data.and_then(|session| serde_json::from_str(&session.content).ok());
                let index = SessionIndex::of(&data.unwrap_or_default());
                change.index_session(&id, &index).await?;
            }
            change.commit().await?;
        }
    }

    /// Stores when sessions were in use, as far as this server knows and has not stored yet.
    pub(crate) async fn store_seen(&self) -> Result<(), StoreError> {
        let mut seen: Vec<_> = std::mem::take(&mut *self.seen()).into_iter().collect();
        while !seen.is_empty() {
            let rest = seen.split_off(seen.len().min(AT_ONCE));
            if let Err(error) = self.store_some_seen(&seen).await {
                self.seen().extend(seen.into_iter().chain(rest));
                return Err(error);
            }
            seen = rest;
        }
        Ok(())
    }

    async fn store_some_seen(&self, seen: &[(SessionKey, Arc<Seen>)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(key, seen)| (key.clone(), seen.take()));
        self.store.sessions_seen(&seen.collect()).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower_sessions::session::Id;

    use super::*;
    use crate::{
        session::tests::{id_token, is_signed_in, sessions, signed_in_as},
        store::StoredSession,
    };

    #[test]
    fn the_issuers_name_for_its_session_is_in_the_id_token() {
        assert_eq!(sid(&id_token(&json!({ "sid": "102" }))).unwrap(), "102");
        for without in [
            &*id_token(&json!({})),
            &id_token(&json!({ "sid": 1 })),
            "",
            "a.b",
            "a.!.c",
        ] {
            assert_eq!(sid(without), None, "{without}");
        }
    }

    #[tokio::test]
    async fn sessions_of_the_version_before_are_indexed() {
        let (store, sessions, _directory) = sessions().await;

        let content = Content {
            signed_in: Some(signed_in_as("00u1")),
            ..Content::default()
        };
        let mut old = json!(content);
        // That version knew of none.
        old["signed_in"].as_object_mut().unwrap().remove("device");
        let contents = [
            json!({ "okta": old }).to_string(),
            json!({ "note": "left here" }).to_string(),
            "not JSON".to_owned(),
        ];
        let mut change = store.change().await.unwrap();
        for (id, content) in (1..).zip(contents) {
            let session = StoredSession {
                content,
                expires_at: now().plus_seconds(60),
                last_seen: now(),
            };
            let key = SessionKey::of(&Id(id));
            change.insert_session(&key, &session, None).await.unwrap();
        }
        change.commit().await.unwrap();

        sessions.index_former().await.unwrap();
        let found = store.sessions_of("https://dev-1.okta.com", "00u1").await;
        let found = found.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key, SessionKey::of(&Id(1)));
        assert_eq!(found[0].connection_id, "first");
        assert!(store.sessions_to_index(10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn when_a_session_was_in_use_is_stored_later() {
        let (store, sessions, _directory) = sessions().await;
        let content = Content {
            signed_in: Some(signed_in_as("00u1")),
            ..Content::default()
        };
        let record = content.into_record(crate::session::id::new(&store));
        let key = SessionKey::of(&record.id);
        let mut index = SessionIndex::of(&record.data);
        let earlier = now().plus_seconds(-10);
        index.since = earlier;
        let mut change = store.change().await.unwrap();
        let mut stored = crate::session::stored(&record);
        stored.last_seen = earlier;
        change.insert_session(&key, &stored, None).await.unwrap();
        change.index_session(&key, &index).await.unwrap();
        change.commit().await.unwrap();

        let last_seen = async || {
            let found = store.sessions_of("https://dev-1.okta.com", "00u1").await;
            found.unwrap()[0].last_seen
        };
        assert_eq!(last_seen().await, earlier);
        let before = now();
        assert!(is_signed_in(&sessions, record.id).await);
        sessions.store_seen().await.unwrap();
        assert!(last_seen().await >= before);
    }
}
