//! Sessions by the thousand, for tests that would take hours if that many people signed in. They are
//! like one that somebody has, each under an id of its own, made as docs/deploy.md says that they
//! are stored.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use chacha20poly1305::{
    AeadCore, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, OsRng, Payload},
};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

const NONCE_BYTES: usize = 24;
const RANDOM_BYTES: usize = 10;
const ID_BYTES: usize = 16;
/// Rows that are inserted at once.
const BATCH: usize = 500;

pub struct ManySessions {
    cipher: XChaCha20Poly1305,
    tags: Hmac<Sha256>,
    content: Value,
    connection_id: String,
}

impl ManySessions {
    /// Like the session of this cookie, in a database with this key.
    pub async fn like(cookie: &str, key: &str, database: &mut AnyConnection) -> Self {
        let key = BASE64_STANDARD.decode(key.trim()).unwrap();
        let tag_key = tag(&hmac(&key), b"axum_okta/tags");
        let cipher = XChaCha20Poly1305::new_from_slice(&key).unwrap();
        let hash = hash(&BASE64_URL_SAFE_NO_PAD.decode(cookie).unwrap());
        let row = sqlx::query("SELECT content, connection_id FROM okta_session WHERE id_hash = $1")
            .bind(&hash)
            .fetch_one(database)
            .await
            .unwrap();
        let sealed = BASE64_STANDARD
            .decode(row.get::<String, _>("content"))
            .unwrap();
        let (nonce, message) = sealed.split_at(NONCE_BYTES);
        let place = place(&hash);
        let payload = Payload {
            msg: message,
            aad: place.as_bytes(),
        };
        let content = cipher.decrypt(XNonce::from_slice(nonce), payload).unwrap();
        Self {
            cipher,
            tags: hmac(&tag_key),
            content: serde_json::from_slice(&content).unwrap(),
            connection_id: row.get("connection_id"),
        }
    }

    /// One for each of these people, who are known by their subjects. Gives their cookies.
    pub async fn insert(
        &self,
        subjects: &[String],
        expires_at: i64,
        database: &mut AnyConnection,
    ) -> Vec<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        let mut cookies = Vec::new();
        for subjects in subjects.chunks(BATCH) {
            let places: Vec<String> = (0..subjects.len())
                .map(|row| {
                    let places: Vec<String> = (1..=8)
                        .map(|place| format!("${}", row * 8 + place))
                        .collect();
                    format!("({})", places.join(", "))
                })
                .collect();
            let insert = format!(
                "INSERT INTO okta_session \
                 (id_hash, content, expires_at, person, okta_sid, connection_id, since, last_seen) VALUES {}",
                places.join(", ")
            );
            let mut insert = sqlx::query(AssertSqlSafe(insert));
            for subject in subjects {
                let id = self.new_id();
                let hash = hash(&id);
                let (content, person) = self.of(subject, &hash);
                cookies.push(BASE64_URL_SAFE_NO_PAD.encode(id));
                insert = insert
                    .bind(hash)
                    .bind(content)
                    .bind(expires_at)
                    .bind(person);
                insert = insert.bind(String::new()).bind(self.connection_id.clone());
                insert = insert.bind(now).bind(now);
            }
            let mut change = database.begin().await.unwrap();
            insert.execute(&mut *change).await.unwrap();
            change.commit().await.unwrap();
        }
        cookies
    }

    /// What the column `person` has for whoever is known by this subject.
    pub fn person(&self, subject: &str) -> String {
        let issuer = self.content["okta"]["signed_in"]["identity"]["issuer"]
            .as_str()
            .unwrap();
        let message = format!("okta_session/person/{}/{issuer}/{subject}", issuer.len());
        BASE64_URL_SAFE_NO_PAD.encode(tag(&self.tags, message.as_bytes()))
    }

    fn of(&self, subject: &str, hash: &str) -> (String, String) {
        let mut content = self.content.clone();
        content["okta"]["signed_in"]["identity"]["subject"] = subject.into();
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let content = content.to_string();
        let place = place(hash);
        let payload = Payload {
            msg: content.as_bytes(),
            aad: place.as_bytes(),
        };
        let message = self.cipher.encrypt(&nonce, payload).unwrap();
        let sealed = BASE64_STANDARD.encode([nonce.as_slice(), &message].concat());
        (sealed, self.person(subject))
    }

    fn new_id(&self) -> [u8; ID_BYTES] {
        let random: [u8; RANDOM_BYTES] = rand::random();
        let mut id = [0; ID_BYTES];
        id[..RANDOM_BYTES].copy_from_slice(&random);
        id[RANDOM_BYTES..].copy_from_slice(&tag(&self.tags, &random)[..ID_BYTES - RANDOM_BYTES]);
        id
    }
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as Mac>::new_from_slice(key).unwrap()
}

fn tag(key: &Hmac<Sha256>, message: &[u8]) -> Vec<u8> {
    let mut tag = key.clone();
    tag.update(message);
    tag.finalize().into_bytes().to_vec()
}

fn hash(id: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(id))
}

fn place(hash: &str) -> String {
    format!("okta_session/{hash}")
}
