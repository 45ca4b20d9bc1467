//! The blog's own database. Its queries are checked while they are compiled, against `.sqlx/`, and
//! give chrono's types.

use std::str::FromStr;

use anyhow::anyhow;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

#[derive(Clone)]
pub(crate) struct Database(pub(super) SqlitePool);

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) created_at: NaiveDateTime,
}

pub(crate) struct Post {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) body: String,
    author: String,
    created_at: NaiveDateTime,
}

impl Post {
    pub(crate) fn byline(&self) -> String {
        format!("{}, {}", self.author, super::day(self.created_at))
    }
}

/// How long a reader stays signed in.
pub(crate) const SESSION: TimeDelta = TimeDelta::days(30);

impl Database {
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePool::connect_with(options).await?;
        sqlx::migrate!().run(&pool).await?;
        Ok(Self(pool))
    }

    pub(crate) async fn newest_posts(&self) -> sqlx::Result<Vec<Post>> {
        sqlx::query_as!(
            Post,
            "SELECT posts.id, title, body, users.name AS author, posts.created_at \
             FROM posts JOIN users ON users.id = author_id ORDER BY posts.id DESC LIMIT 20",
        )
        .fetch_all(&self.0)
        .await
    }

    pub(crate) async fn post(&self, id: i64) -> sqlx::Result<Option<Post>> {
        sqlx::query_as!(
            Post,
            "SELECT posts.id, title, body, users.name AS author, posts.created_at \
             FROM posts JOIN users ON users.id = author_id WHERE posts.id = ?",
            id,
        )
        .fetch_optional(&self.0)
        .await
    }

    pub(crate) async fn publish(&self, author: i64, title: &str, body: &str) -> sqlx::Result<i64> {
        let now = Utc::now().naive_utc();
        let done = sqlx::query!(
            "INSERT INTO posts (title, body, author_id, created_at) VALUES (?, ?, ?, ?)",
            title,
            body,
            author,
            now,
        )
        .execute(&self.0)
        .await?;
        Ok(done.last_insert_rowid())
    }

    /// Adds a reader with a password, unless there is one of that name.
    pub(crate) async fn add_reader(&self, login: &str, password: &str) -> anyhow::Result<()> {
        let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(|e| anyhow!(e))?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
        let hash = hash.map_err(|error| anyhow!(error))?.to_string();
        let now = Utc::now().naive_utc();
        sqlx::query!(
            "INSERT INTO users (login, name, password_hash, created_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (login) DO NOTHING",
            login,
            login,
            hash,
            now,
        )
        .execute(&self.0)
        .await?;
        Ok(())
    }

    pub(crate) async fn rename(&self, user: i64, name: &str) -> sqlx::Result<()> {
        let query = sqlx::query!("UPDATE users SET name = ? WHERE id = ?", name, user);
        query.execute(&self.0).await?;
        Ok(())
    }

    /// Starts a session for whoever knows the password; gives its token.
    pub(crate) async fn sign_in(
        &self,
        login: &str,
        password: &str,
    ) -> sqlx::Result<Option<String>> {
        let query = sqlx::query!("SELECT id, password_hash FROM users WHERE login = ?", login);
        let Some(user) = query.fetch_optional(&self.0).await? else {
            return Ok(None);
        };
        let hash = user.password_hash.unwrap_or_default();
        let matches = PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        if !matches {
            return Ok(None);
        }
        let token = format!("{:032x}", rand::random::<u128>());
        let (token_hash, expires_at) = (hashed(&token), Utc::now().naive_utc() + SESSION);
        sqlx::query!(
            "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES (?, ?, ?)",
            token_hash,
            user.id,
            expires_at,
        )
        .execute(&self.0)
        .await?;
        Ok(Some(token))
    }

    pub(crate) async fn with_session(&self, token: &str) -> sqlx::Result<Option<User>> {
        let (token_hash, now) = (hashed(token), Utc::now().naive_utc());
        sqlx::query_as!(
            User,
            "SELECT users.id, name, created_at FROM sessions JOIN users ON users.id = user_id \
             WHERE token_hash = ? AND expires_at > ?",
            token_hash,
            now,
        )
        .fetch_optional(&self.0)
        .await
    }

    pub(crate) async fn end_session(&self, token: &str) -> sqlx::Result<()> {
        let token_hash = hashed(token);
        let query = sqlx::query!("DELETE FROM sessions WHERE token_hash = ?", token_hash);
        query.execute(&self.0).await?;
        Ok(())
    }
}

fn hashed(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
