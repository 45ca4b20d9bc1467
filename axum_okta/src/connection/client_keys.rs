//! The keys with which this app proves that it is the client (`private_key_jwt`).
//!
//! They are derived from the encryption key and the connection's name, so none is stored and every
//! server has the same. Only how often they were rotated is stored. The next key is always
//! published beside the one in use, so that Okta knows it before it signs anything.

use std::sync::Arc;

use okta_types::Timestamp;
use serde_json::{Value, json};

use super::es256::Es256Key;
use crate::store::{KeyRotation, Store, StoreError, now};

/// How long a key is published after another one has taken its place: Okta may still be verifying
/// what it signed.
const OVERLAP: i64 = 60 * 60;

pub(crate) struct ClientKeys {
    store: Arc<Store>,
}

/// The keys of one connection.
pub(crate) struct KeySet {
    in_use: ClientKey,
    next: ClientKey,
    /// Shortly after a rotation.
    previous: Option<ClientKey>,
    /// When the key in use took the place of another, if it did.
    pub(crate) rotated_at: Option<Timestamp>,
}

pub(crate) struct ClientKey {
    key: Es256Key,
    id: String,
}

impl ClientKeys {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// The key that signs for the connection of this name.
    pub(crate) async fn in_use(&self, connection: &str) -> Result<ClientKey, StoreError> {
        let rotation = self.store.key_rotation(connection).await?;
        Ok(self.key(connection, rotation.count))
    }

    /// The keys of the connection of this name, whether or not there is one: Okta has to know them
    /// before an admin can connect.
    pub(crate) async fn of(&self, connection: &str) -> Result<KeySet, StoreError> {
        let rotation = self.store.key_rotation(connection).await?;
        Ok(self.after(connection, rotation))
    }

    fn after(&self, connection: &str, rotation: KeyRotation) -> KeySet {
        let KeyRotation { count, at } = rotation;
        let overlaps = count > 0 && at.plus_seconds(OVERLAP) > now();
        KeySet {
            in_use: self.key(connection, count),
            next: self.key(connection, count + 1),
            previous: overlaps.then(|| self.key(connection, count - 1)),
            rotated_at: (count > 0).then_some(at),
        }
    }

    fn key(&self, connection: &str, number: u64) -> ClientKey {
        let name = format!("client key/{connection}/{number}");
        ClientKey::new(Es256Key::derived(&self.store, &name))
    }

    /// The key that a connection's tokens are bound to (DPoP). It is another one than the client's,
    /// because it says nothing about who the client is, and it stays the same as long as the
    /// connection's sessions last.
    pub(crate) fn of_tokens(&self, connection_id: &str) -> Es256Key {
        Es256Key::derived(&self.store, &format!("token key/{connection_id}"))
    }

    /// Signs with the next key from now on, on every server. Returns it; `None` if `in_use` is not
    /// the id of the key in use: somebody else has rotated it.
    pub(crate) async fn rotate(
        &self,
        connection: &str,
        in_use: &str,
    ) -> Result<Option<ClientKey>, StoreError> {
        let mut change = self.store.change().await?;
        let before = change.key_rotation(connection).await?;
        if self.key(connection, before.count).id != in_use {
            return Ok(None);
        }
        let after = KeyRotation {
            count: before.count + 1,
            at: now(),
        };
        change.put_key_rotation(connection, after).await?;
        change.commit().await?;
        Ok(Some(self.key(connection, after.count)))
    }
}

impl KeySet {
    pub(crate) fn in_use(&self) -> &ClientKey {
        &self.in_use
    }

    /// The public halves (RFC 7517 §5).
    pub(crate) fn public(&self) -> Value {
        let keys = [Some(&self.in_use), Some(&self.next), self.previous.as_ref()];
        let keys: Vec<Value> = keys.into_iter().flatten().map(ClientKey::public).collect();
        json!({ "keys": keys })
    }
}

impl ClientKey {
    fn new(key: Es256Key) -> Self {
        let id = key.public().thumbprint();
        Self { key, id }
    }

    /// Its thumbprint (RFC 7638).
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The public half (RFC 7517).
    fn public(&self) -> Value {
        let mut jwk = self.key.public().jwk();
        jwk["use"] = "sig".into();
        jwk["alg"] = "ES256".into();
        jwk["kid"] = self.id.as_str().into();
        jwk
    }

    /// A JWT with these claims (RFC 7515 §3.1).
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.key.sign(json!({ "kid": self.id }), claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    /// Of an app with this encryption key, and the folder of its database.
    async fn keys(key: [u8; 32]) -> (ClientKeys, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("okta.db").display());
        let key = BASE64_STANDARD.encode(key).into();
        let store = Store::open(&url, Some(&key)).await.unwrap();
        (ClientKeys::new(Arc::new(store)), folder)
    }

    #[tokio::test]
    async fn every_connection_and_every_rotation_has_keys_of_its_own() {
        let [(one, _folder), (other, _other_folder)] = [keys([1; 32]).await, keys([2; 32]).await];
        let mut ids = vec![
            one.of("okta").await.unwrap(),
            one.of("acme").await.unwrap(),
            other.of("okta").await.unwrap(),
        ];
        let first = one.of("okta").await.unwrap().in_use.id;
        for _ in 0..2 {
            let in_use = one.of("okta").await.unwrap();
            let rotated = one.rotate("okta", &in_use.in_use.id).await.unwrap();
            assert!(rotated.is_some());
            ids.push(one.of("okta").await.unwrap());
        }
        let mut ids: Vec<String> = ids.into_iter().map(|keys| keys.in_use.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 5);
        assert!(one.rotate("okta", &first).await.unwrap().is_none());
        assert_eq!(one.of("acme").await.unwrap().rotated_at, None);
    }

    #[tokio::test]
    async fn the_key_that_was_replaced_is_published_for_an_hour() {
        let (keys, _folder) = keys([1; 32]).await;
        let published = |since: i64| {
            let at = now().plus_seconds(-since);
            let set = keys.after("okta", KeyRotation { count: 1, at });
            set.public()["keys"].as_array().unwrap().len()
        };
        assert_eq!(published(OVERLAP - 10), 3);
        assert_eq!(published(OVERLAP), 2);
    }

    #[tokio::test]
    async fn tokens_are_bound_to_a_key_that_is_the_connections_alone() {
        let [(one, _folder), (other, _other_folder)] = [keys([1; 32]).await, keys([2; 32]).await];
        let id = |keys: &ClientKeys, id| keys.of_tokens(id).public().thumbprint();
        let mut ids = vec![id(&one, "1"), id(&one, "2"), id(&other, "1")];
        ids.push(one.of("1").await.unwrap().in_use.id);
        assert_eq!(id(&one, "1"), ids[0]);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 4);
    }
}
