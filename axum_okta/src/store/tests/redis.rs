//! What holds only where sessions are in Redis.

use sqlx::Row;

use super::{
    Database, execute,
    sessions::{self, ISSUER, end, key, key_of, of, person, session, take, three_sessions},
};
use crate::store::{Edit, SessionHome, StoredSession};

impl Database {
    async fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        self.redis.as_ref().unwrap().ask(command).await
    }

    async fn keys(&self) -> Vec<String> {
        self.ask(&["KEYS", "*"]).await
    }
}

/// The change around it: the database refuses to commit it.
pub(super) async fn a_session_whose_change_fails_is_deleted_again(database: Database) {
    let store = database.open().await;
    execute(&store, "CREATE TABLE one (id INTEGER PRIMARY KEY)").await;
    let other = "CREATE TABLE other (id INTEGER REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED)";
    execute(&store, other).await;
    let mut change = store.change().await.unwrap();
    sqlx::query("INSERT INTO other VALUES (1)")
        .execute(&mut *change.transaction)
        .await
        .unwrap();
    let inserted = change
        .insert_session(&key(), &session("one"), Some(&of("ada", 10)))
        .await;
    assert!(inserted.unwrap());
    assert!(change.commit().await.is_err());
    while !database.keys().await.is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Not the one that was there before with the same id.
pub(super) async fn a_change_that_fails_takes_no_other_session_with_it(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let mut change = store.change().await.unwrap();
    let inserted = change
        .insert_session(&key_of(3), &session("two"), None)
        .await;
    assert!(!inserted.unwrap());
    let inserted = change.insert_session(&key(), &session("two"), None).await;
    assert!(inserted.unwrap());
    drop(change);
    while sessions::content(&store).await.is_some() {
        tokio::task::yield_now().await;
    }
    let other = store.session(&key_of(3)).await.unwrap();
    assert_eq!(other.unwrap().content, "{}");
}

pub(super) async fn everything_expires_by_itself(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let later = |found: StoredSession| {
        let expires_at = found.expires_at.plus_seconds(600);
        let session = StoredSession {
            expires_at,
            ..found
        };
        let changes_sign_in = false;
        Ok(Some(Edit {
            session,
            index: of("grace", 30),
            changes_sign_in,
        }))
    };
    assert!(store.update_session(&key_of(3), later).await.unwrap());
    assert!(store.check_sessions().await.is_ok());
    let keys = database.keys().await;
    // Three sessions, two people, their two sessions at Okta, their two emails, one connection, everybody, all by
    // when they began, and what tells whether it can be written.
    assert_eq!(keys.len(), 13, "{keys:?}");
    let mut longest = 0;
    for key in keys {
        let seconds: i64 = database.ask(&["TTL", &key]).await;
        assert!(seconds > 0, "{key} stays");
        longest = longest.max(seconds);
    }
    assert!(
        longest > 600,
        "an index stays as long as the last of its sessions"
    );
}

pub(super) async fn what_ends_leaves_nothing(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    assert_eq!(end(&store, person(ISSUER, "ada")).await.len(), 2);
    let mut change = store.change().await.unwrap();
    assert!(change.take_session(&key_of(3)).await.unwrap().is_some());
    // It counts although the change doesn't.
    drop(change);
    assert_eq!(database.keys().await, [""; 0]);
}

pub(super) async fn an_index_forgets_what_has_expired(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let graces = store.index_of(&person(ISSUER, "grace"));
    for number in 0..150 {
        let expired = format!("expired {number}");
        let _: i64 = database.ask(&["ZADD", &graces, "1", &expired]).await;
    }
    // Some at a time.
    for (number, left) in [(5, 52), (6, 3)] {
        let (key, index) = (key_of(number), of("grace", 40));
        let inserted = store.insert_session(&key, &session("{}"), &index).await;
        assert!(inserted.unwrap());
        let known: i64 = database.ask(&["ZCARD", &graces]).await;
        assert_eq!(known, left);
    }
}

pub(super) async fn what_has_expired_is_nobodys_and_is_taken_once(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let key = key_of(1);
    let place = format!("okta:session:{}", key.0);
    let _: i64 = database.ask(&["HSET", &place, "expires_at", "1"]).await;
    let indexes: String = database.ask(&["HGET", &place, "indexes"]).await;
    for index in indexes.split(' ') {
        let _: i64 = database.ask(&["ZADD", index, "1", &key.0]).await;
    }
    assert!(store.session(&key).await.unwrap().is_none());
    assert_eq!(store.session_holder(&key).await.unwrap(), None);
    assert_eq!(store.sessions_of(ISSUER, "ada").await.unwrap().len(), 1);
    let taken = store.take_expired_elsewhere(10).await.unwrap();
    let taken: Vec<_> = taken
        .iter()
        .map(|(key, session)| (key, session.is_some()))
        .collect();
    assert_eq!(taken, [(&key, true)]);
    assert!(store.take_expired_elsewhere(10).await.unwrap().is_empty());
    assert_eq!(end(&store, person(ISSUER, "ada")).await.len(), 1);
}

/// Sessions expire by themselves, so lists find names of those that have.
pub(super) async fn a_list_skips_and_forgets_what_has_expired(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let all = store.all_by_beginning();
    for (since, expired) in [("5", "older"), ("15", "between"), ("50", "newest")] {
        let _: i64 = database.ask(&["ZADD", &all, since, expired]).await;
    }
    let found = store.sessions_before(None, None, 3).await.unwrap();
    let since: Vec<i64> = found.iter().map(|found| found.since.0).collect();
    assert_eq!(since, [30, 20, 10]);
    let left: i64 = database.ask(&["ZCARD", &all]).await;
    assert_eq!(left, 4, "nobody has looked at the oldest");
    let (key, index) = (key_of(5), of("grace", 40));
    let inserted = store.insert_session(&key, &session("{}"), &index).await;
    assert!(inserted.unwrap());
    let left: i64 = database.ask(&["ZCARD", &all]).await;
    assert_eq!(left, 4, "a new session has");
}

/// More than are deleted at a time.
pub(super) async fn a_person_with_many_sessions_is_signed_out_of_all(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    for number in 100..1300 {
        let (key, index) = (key_of(number), of("ada", 40));
        assert!(
            store
                .insert_session(&key, &session("{}"), &index)
                .await
                .unwrap()
        );
    }
    let mut change = store.change().await.unwrap();
    let ended = change.delete_sessions_of(&person(ISSUER, "ada")).await;
    assert_eq!(ended.unwrap().len(), 1202);
    assert!(store.session(&key_of(1299)).await.unwrap().is_none());
    assert!(store.session(&key_of(3)).await.unwrap().is_some());
}

pub(super) async fn content_is_bound_to_its_session(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let [one, other] = [1, 3].map(|number| format!("okta:session:{}", key_of(number).0));
    let content: String = database.ask(&["HGET", &one, "content"]).await;
    let _: i64 = database.ask(&["HSET", &other, "content", &content]).await;
    assert!(store.session(&key_of(3)).await.is_err());
    assert!(store.session(&key_of(1)).await.unwrap().is_some());
}

/// Whoever goes back to the database finds none that has ended.
pub(super) async fn what_the_database_has_from_before_ends_too(mut database: Database) {
    let redis = database.redis.take();
    three_sessions(&database.open().await).await;
    database.redis = redis;
    let store = database.open().await;
    assert!(store.session(&key_of(1)).await.unwrap().is_none());
    assert_eq!(end(&store, person(ISSUER, "ada")).await.len(), 2);
    let mut change = store.change().await.unwrap();
    change.take_session(&key_of(3)).await.unwrap();
    change.commit().await.unwrap();
    let left = sqlx::query("SELECT COUNT(*) AS n FROM okta_session");
    let left: i64 = left.fetch_one(&store.pool).await.unwrap().get("n");
    assert_eq!(left, 0);
}

pub(super) async fn who_is_signed_in_cannot_be_read(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let _: String = database
        .ask(&["CONFIG", "SET", "rdbcompression", "no"])
        .await;
    let _: String = database.ask(&["SAVE"]).await;
    let folder = database.redis.as_ref().unwrap().folder();
    let dump = std::fs::read(folder.join("dump.rdb")).unwrap();
    let stores = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(stores("okta:session:"));
    for secret in ["ada", "dev-1", "sid of"] {
        assert!(!stores(secret), "{secret}");
    }
}

/// As after an answer that was lost.
pub(super) async fn a_command_that_is_sent_again_is_done_once(database: Database) {
    let store = database.open().await;
    let new = store.new_session(&key(), &session("one"), None).unwrap();
    let SessionHome::Redis(redis) = &store.sessions else {
        panic!("they are in Redis");
    };
    assert!(redis.insert(&new).await.unwrap());
    assert!(redis.insert(&new).await.unwrap());
    assert_eq!(sessions::content(&store).await.unwrap(), "one");
    assert!(take(&store).await.is_some());
}
