//! The keys with which this app proves that it is the client (`private_key_jwt`).
//!
//! They are derived from the encryption key and the connection's name, so none is stored and every
//! server has the same. Only how often they were rotated is stored. The next key is always
//! published beside the one in use, so that Okta knows it before it signs anything.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::Timestamp;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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

/// A key pair for ES256 (RFC 7518 §3.4).
pub(crate) struct ClientKey {
    key: SigningKey,
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
        ClientKey::derived(&self.store, connection, number)
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
    fn derived(store: &Store, connection: &str, number: u64) -> Self {
        let mut attempt = 0_u64;
        loop {
            let secret =
                store.tag(format!("client key/{connection}/{number}/{attempt}").as_bytes());
            // One secret in four billion is no key of this curve.
            match SigningKey::from_slice(&secret) {
                Ok(key) => return Self::new(key),
                Err(_) => attempt += 1,
            }
        }
    }

    fn new(key: SigningKey) -> Self {
        let Point { x, y } = Point::of(&key);
        // The members in the order that RFC 7638 §3.2 demands.
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let id = encoded(Sha256::digest(members));
        Self { key, id }
    }

    /// Its thumbprint (RFC 7638).
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The public half (RFC 7517).
    fn public(&self) -> Value {
        let Point { x, y } = Point::of(&self.key);
        json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self.id,
        })
    }

    /// A JWT with these claims (RFC 7515 §3.1).
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": self.id });
        let signed = format!(
            "{}.{}",
            encoded(header.to_string()),
            encoded(claims.to_string())
        );
        let signature: Signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", encoded(signature.to_bytes()))
    }
}

/// Where a public key is on the curve, in base64url.
struct Point {
    x: String,
    y: String,
}

impl Point {
    fn of(key: &SigningKey) -> Self {
        let point = key.verifying_key().to_sec1_point(false);
        // After the byte that says that both follow (SEC 1 §2.3.3).
        let (x, y) = point.as_bytes()[1..].split_at(32);
        Self {
            x: encoded(x),
            y: encoded(y),
        }
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

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

    #[test]
    fn a_key_signs_what_its_public_half_verifies() {
        use p256::ecdsa::{VerifyingKey, signature::Verifier};

        let key = ClientKey::new(SigningKey::from_slice(&[7; 32]).unwrap());
        let jwt = key.sign(&json!({ "iss": "0oa1" }));
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        let public = key.public();
        let [x, y] = ["x", "y"].map(|name| decode(public[name].as_str().unwrap()));
        let point = [vec![4], x, y].concat();
        let verifying = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = Signature::from_slice(&decode(signature)).unwrap();
        assert!(verifying.verify(signed.as_bytes(), &signature).is_ok());
    }
}
