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
const COLUMNS: usize = 10;
/// Rows that are inserted at once, and how many of those in one transaction.
const BATCH: usize = 500;
const BATCHES_OF_A_CHANGE: usize = 100;
/// People signed in over these seconds, one after the other.
const SIGNED_IN_WITHIN: usize = 12 * 60 * 60;

pub struct ManySessions {
    cipher: XChaCha20Poly1305,
    tags: Hmac<Sha256>,
    content: Value,
    /// What a list shows of it.
    holder: Value,
    email: String,
    connection_id: String,
}

impl ManySessions {
    /// Like the session of this cookie, in a database with this key.
    pub async fn like(cookie: &str, key: &str, database: &mut AnyConnection) -> Self {
        let key = BASE64_STANDARD.decode(key.trim()).unwrap();
        let tag_key = tag(&hmac(&key), b"axum_okta/tags");
        let cipher = XChaCha20Poly1305::new_from_slice(&key).unwrap();
        let hash = hash(&BASE64_URL_SAFE_NO_PAD.decode(cookie).unwrap());
        let select =
            "SELECT content, holder, email, connection_id FROM okta_session WHERE id_hash = $1";
        let row = sqlx::query(select).bind(&hash);
        let row = row.fetch_one(database).await.unwrap();
        let place = place(&hash);
        Self {
            content: opened(&cipher, &place, row.get("content")),
            holder: opened(&cipher, &place_of_holder(&place), row.get("holder")),
            email: row.get("email"),
            connection_id: row.get("connection_id"),
            tags: hmac(&tag_key),
            cipher,
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
        let people = subjects.len();
        for subjects in subjects.chunks(BATCH * BATCHES_OF_A_CHANGE) {
            let mut change = database.begin().await.unwrap();
            for subjects in subjects.chunks(BATCH) {
                let insert = insert_of(subjects.len());
                let mut insert = sqlx::query(AssertSqlSafe(insert));
                for subject in subjects {
                    let ago = SIGNED_IN_WITHIN - cookies.len() * SIGNED_IN_WITHIN / people;
                    let since = now - i64::try_from(ago).unwrap();
                    let id = self.new_id();
                    cookies.push(BASE64_URL_SAFE_NO_PAD.encode(id));
                    let hash = hash(&id);
                    let (content, holder) = self.of(subject, &hash);
                    insert = insert.bind(hash).bind(content).bind(expires_at);
                    insert = insert.bind(self.person(subject)).bind(String::new());
                    insert = insert
                        .bind(self.connection_id.clone())
                        .bind(since)
                        .bind(now);
                    insert = insert.bind(self.email.clone()).bind(holder);
                }
                insert.execute(&mut *change).await.unwrap();
            }
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

    /// The content, and what a list shows.
    fn of(&self, subject: &str, hash: &str) -> (String, String) {
        let (mut content, mut holder) = (self.content.clone(), self.holder.clone());
        content["okta"]["signed_in"]["identity"]["subject"] = subject.into();
        holder["subject"] = subject.into();
        let place = place(hash);
        (
            self.sealed(&place, &content),
            self.sealed(&place_of_holder(&place), &holder),
        )
    }

    fn sealed(&self, place: &str, value: &Value) -> String {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let value = value.to_string();
        let payload = Payload {
            msg: value.as_bytes(),
            aad: place.as_bytes(),
        };
        let message = self.cipher.encrypt(&nonce, payload).unwrap();
        BASE64_STANDARD.encode([nonce.as_slice(), &message].concat())
    }

    fn new_id(&self) -> [u8; ID_BYTES] {
        let random: [u8; RANDOM_BYTES] = rand::random();
        let mut id = [0; ID_BYTES];
        id[..RANDOM_BYTES].copy_from_slice(&random);
        id[RANDOM_BYTES..].copy_from_slice(&tag(&self.tags, &random)[..ID_BYTES - RANDOM_BYTES]);
        id
    }
}

/// A statement for so many rows.
fn insert_of(rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=COLUMNS)
            .map(|place| format!("${}", row * COLUMNS + place))
            .collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO okta_session (id_hash, content, expires_at, person, okta_sid, connection_id, since, \
         last_seen, email, holder) VALUES {}",
        rows.join(", ")
    )
}

fn opened(cipher: &XChaCha20Poly1305, place: &str, sealed: String) -> Value {
    let sealed = BASE64_STANDARD.decode(sealed).unwrap();
    let (nonce, message) = sealed.split_at(NONCE_BYTES);
    let payload = Payload {
        msg: message,
        aad: place.as_bytes(),
    };
    let opened = cipher.decrypt(XNonce::from_slice(nonce), payload).unwrap();
    serde_json::from_slice(&opened).unwrap()
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

fn place_of_holder(place: &str) -> String {
    format!("{place}/holder")
}
