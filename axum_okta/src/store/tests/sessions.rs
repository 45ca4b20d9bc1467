//! Sessions, used states, and how changes stand to one another.

use std::time::Duration;

use futures::future::join_all;
use okta_types::Timestamp;
use sqlx::Row;
use tower_sessions::session::Id;

use super::{Database, execute};
use crate::store::{
    SessionIndex, SessionKey, SessionOwner, Store, StoreError, StoredSession, Whose, now,
};

fn key() -> SessionKey {
    key_of(42)
}

fn key_of(number: i128) -> SessionKey {
    SessionKey::of(&Id(number))
}

fn session(content: &str) -> StoredSession {
    StoredSession {
        content: content.to_owned(),
        expires_at: now().plus_seconds(60),
        last_seen: now(),
    }
}

/// Deletes the sessions that are over, as is done from time to time.
async fn sweep_sessions(store: &Store, unused: Option<(&str, Timestamp)>) {
    loop {
        let mut change = store.change().await.unwrap();
        let over = change.sessions_that_are_over(unused, 1000).await.unwrap();
        if over.is_empty() {
            return;
        }
        for (key, _) in over {
            change.delete_session(&key).await.unwrap();
        }
        change.commit().await.unwrap();
    }
}

async fn insert(store: &Store, session: StoredSession) -> bool {
    let mut change = store.change().await.unwrap();
    let inserted = change.insert_session(&key(), &session, None).await.unwrap();
    change.commit().await.unwrap();
    inserted
}

async fn update(store: &Store, session: StoredSession) {
    let mut change = store.change().await.unwrap();
    let index = of("ada", 10);
    change
        .update_session(&key(), &session, &index)
        .await
        .unwrap();
    change.commit().await.unwrap();
}

async fn content(store: &Store) -> Option<String> {
    let found = store.session(&key()).await.unwrap();
    found.map(|found| found.content)
}

pub(super) async fn a_session_is_kept_and_changed_under_its_id(database: Database) {
    let store = database.open().await;
    assert!(insert(&store, session("one")).await);
    assert_eq!(content(&store).await.unwrap(), "one");
    update(&store, session("two")).await;
    let store = database.open().await;
    assert_eq!(content(&store).await.unwrap(), "two");
    let other = store.session(&SessionKey::of(&Id(43))).await.unwrap();
    assert!(other.is_none());
}

pub(super) async fn an_id_is_given_once(database: Database) {
    let store = database.open().await;
    assert!(insert(&store, session("one")).await);
    assert!(!insert(&store, session("two")).await);
    assert_eq!(content(&store).await.unwrap(), "one");
}

pub(super) async fn a_session_that_ended_is_not_brought_back(database: Database) {
    let store = database.open().await;
    insert(&store, session("one")).await;
    let mut change = store.change().await.unwrap();
    change.delete_session(&key()).await.unwrap();
    change.commit().await.unwrap();
    update(&store, session("two")).await;
    assert_eq!(content(&store).await, None);
}

pub(super) async fn an_expired_session_is_nobodys_and_is_swept(database: Database) {
    let store = database.open().await;
    let mut expired = session("one");
    expired.expires_at = now();
    assert!(insert(&store, expired).await);
    assert_eq!(content(&store).await, None);
    assert!(!insert(&store, session("two")).await, "it takes room");
    sweep_sessions(&store, None).await;
    assert!(insert(&store, session("two")).await);
    sweep_sessions(&store, None).await;
    assert_eq!(content(&store).await.unwrap(), "two");
}

pub(super) async fn a_state_is_used_once_and_swept_when_it_has_expired(database: Database) {
    let store = database.open().await;
    let use_state = async |state: &str, expires_at: Timestamp| {
        let mut change = store.change().await.unwrap();
        let is_first = change.use_state(state, expires_at).await.unwrap();
        change.commit().await.unwrap();
        is_first
    };
    let later = now().plus_seconds(60);
    assert!(use_state("a", later).await);
    assert!(!use_state("a", later).await);
    assert!(use_state("b", now()).await);
    store.sweep().await.unwrap();
    assert!(!use_state("a", later).await);
    assert!(use_state("b", later).await);
}

pub(super) async fn what_was_not_committed_never_was(database: Database) {
    let store = database.open().await;
    let mut change = store.change().await.unwrap();
    let inserted = change.insert_session(&key(), &session("one"), None).await;
    assert!(inserted.unwrap());
    assert_eq!(content(&store).await, None, "nobody sees it before");
    drop(change);
    assert_eq!(content(&store).await, None);
    assert!(insert(&store, session("two")).await);
}

/// Two servers: each has a line of its own.
pub(super) async fn of_changes_at_once_none_overwrites_another(database: Database) {
    let stores = [database.open().await, database.open().await];
    insert(&stores[0], session("")).await;
    let add_one = async |store: &Store| {
        let mut change = store.change().await.unwrap();
        let found = change.session(&key()).await.unwrap().unwrap();
        let more = session(&format!("{}x", found.content));
        let index = of("ada", 10);
        change.update_session(&key(), &more, &index).await.unwrap();
        change.commit().await.unwrap();
    };
    join_all((0..20).map(|turn| add_one(&stores[turn % 2]))).await;
    assert_eq!(content(&stores[0]).await.unwrap(), "x".repeat(20));
}

pub(super) async fn of_concurrent_changes_of_a_session_none_overwrites_another(database: Database) {
    let stores = [database.open().await, database.open().await];
    insert(&stores[0], session("")).await;
    let add_one = async |store: &Store| {
        let mut change = store.concurrent_change().await.unwrap();
        let found = change.session(&key()).await.unwrap().unwrap();
        let more = session(&format!("{}x", found.content));
        let index = of("ada", 10);
        change.update_session(&key(), &more, &index).await.unwrap();
        change.commit().await.unwrap();
    };
    join_all((0..20).map(|turn| add_one(&stores[turn % 2]))).await;
    assert_eq!(content(&stores[0]).await.unwrap(), "x".repeat(20));
}

/// Of another server, whose line it does not stand in.
pub(super) async fn a_change_waits_for_its_turn_and_not_for_ever(database: Database) {
    let [store, other] = [database.open().await, database.open().await];
    let change = store.change().await.unwrap();
    let refused = other.change().await.err();
    assert!(matches!(refused, Some(StoreError::Busy)), "{refused:?}");
    let (changed, ()) = tokio::join!(other.change(), async {
        tokio::task::yield_now().await;
        change.commit().await.unwrap();
    });
    changed.unwrap().commit().await.unwrap();
}

pub(super) async fn a_session_is_written_beside_a_change(database: Database) {
    let store = database.open().await;
    let under_way = store.change().await.unwrap();
    let write = async {
        let mut change = store.concurrent_change().await.unwrap();
        let inserted = change.insert_session(&key(), &session("one"), None).await;
        assert!(inserted.unwrap());
        change.commit().await.unwrap();
    };
    // Far less than a change waits for another.
    let written = tokio::time::timeout(Duration::from_secs(2), write).await;
    written.expect("it waited");
    under_way.commit().await.unwrap();
    assert_eq!(content(&store).await.unwrap(), "one");
}

/// More than are swept at a time.
pub(super) async fn many_that_have_expired_are_swept(database: Database) {
    let store = database.open().await;
    insert(&store, session("one")).await;
    let expired = "WITH RECURSIVE expired (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM expired WHERE n < 2500)";
    for insert in [
        "INSERT INTO okta_session (id_hash, content, expires_at) $expired SELECT 'expired ' || n, '', n FROM expired",
        "INSERT INTO okta_used_state (state_hash, expires_at) $expired SELECT 'expired ' || n, n FROM expired",
    ] {
        execute(&store, &insert.replace("$expired", expired)).await;
    }
    sweep_sessions(&store, None).await;
    store.sweep().await.unwrap();
    assert_eq!(count(&store, "okta_session").await, 1);
    assert_eq!(count(&store, "okta_used_state").await, 0);
}

pub(super) async fn one_server_at_a_time_has_the_lease_of_a_session(database: Database) {
    let store = database.open().await;
    insert(&store, session("one")).await;
    let later = now().plus_seconds(60);
    assert!(store.lease_session(&key(), later).await.unwrap());
    assert!(!store.lease_session(&key(), later).await.unwrap());
    let other = now().plus_seconds(30);
    store.release_session(&key(), other).await.unwrap();
    assert!(
        !store.lease_session(&key(), later).await.unwrap(),
        "not whose it is"
    );
    store.release_session(&key(), later).await.unwrap();
    // One that nobody gives back ends by itself.
    assert!(store.lease_session(&key(), now()).await.unwrap());
    assert!(store.lease_session(&key(), later).await.unwrap());
    let gone = SessionKey::of(&Id(43));
    assert!(!store.lease_session(&gone, later).await.unwrap());
}

async fn count(store: &Store, table: &str) -> i64 {
    let select = format!("SELECT COUNT(*) AS n FROM {table}");
    let select = sqlx::query(sqlx::AssertSqlSafe(select));
    let row = select.fetch_one(&store.pool).await.unwrap();
    row.get("n")
}

const ISSUER: &str = "https://dev-1.okta.com";

fn of(subject: &str, since: i64) -> SessionIndex {
    SessionIndex {
        owner: Some(SessionOwner {
            issuer: ISSUER.to_owned(),
            subject: subject.to_owned(),
            okta_sid: Some(format!("sid of {subject}")),
            email: Some(format!("{subject}@example.com")),
            connection_id: "first".to_owned(),
        }),
        since: Timestamp(since),
    }
}

/// Two of Ada's and one of Grace's; the first of Ada's has number 1.
async fn three_sessions(store: &Store) {
    let mut change = store.change().await.unwrap();
    for (id, index) in [(1, of("ada", 10)), (2, of("ada", 20)), (3, of("grace", 30))] {
        let key = SessionKey::of(&Id(id));
        let session = session("{}");
        let inserted = change.insert_session(&key, &session, Some(&index));
        assert!(inserted.await.unwrap());
    }
    change.commit().await.unwrap();
}

async fn sessions_of(store: &Store, subject: &str) -> Vec<SessionKey> {
    let found = store.sessions_of(ISSUER, subject).await.unwrap();
    found.into_iter().map(|found| found.key).collect()
}

pub(super) async fn a_persons_sessions_are_found_and_ended(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let found = store.sessions_of(ISSUER, "ada").await.unwrap();
    let since: Vec<i64> = found.iter().map(|found| found.since.0).collect();
    assert_eq!(since, [20, 10], "the newest first");
    assert_eq!(found[0].session.content, "{}");
    assert_eq!(found[0].connection_id, "first");
    let others = store.sessions_of("https://dev-2.okta.com", "ada").await;
    assert!(others.unwrap().is_empty(), "another issuer's");

    assert_eq!(
        end(&store, person(ISSUER, "ada")).await,
        [key_of(1), key_of(2)]
    );
    assert!(sessions_of(&store, "ada").await.is_empty());
    assert_eq!(sessions_of(&store, "grace").await.len(), 1);
}

/// Ends their sessions. Gives which, in order of their numbers.
async fn end(store: &Store, whose: Whose) -> Vec<SessionKey> {
    let mut change = store.change().await.unwrap();
    let ended = change.delete_sessions_of(&whose).await.unwrap();
    change.commit().await.unwrap();
    let numbered = [1, 2, 3].map(key_of).into_iter();
    numbered.filter(|key| ended.contains(key)).collect()
}

fn person(issuer: &str, subject: &str) -> Whose {
    Whose::Person {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    }
}

pub(super) async fn sessions_that_end_together_are_deleted_together(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let mut change = store.change().await.unwrap();
    let nobodys = SessionIndex {
        owner: None,
        since: Timestamp(40),
    };
    let (key, session) = (key_of(4), session("{}"));
    let inserted = change.insert_session(&key, &session, Some(&nobodys));
    assert!(inserted.await.unwrap());
    change.commit().await.unwrap();

    let at_okta = |issuer: &str, sid: &str| Whose::OktaSession {
        issuer: issuer.to_owned(),
        sid: sid.to_owned(),
    };
    let by_email = |issuer: &str, email: &str| Whose::Email {
        issuer: issuer.to_owned(),
        email: email.to_owned(),
    };
    for nobodys in [
        by_email("https://dev-2.okta.com", "ada@example.com"),
        by_email(ISSUER, "-"),
        by_email(ISSUER, ""),
        person("https://dev-2.okta.com", "ada"),
        at_okta("https://dev-2.okta.com", "sid of ada"),
        at_okta(ISSUER, ""),
        Whose::Connection(String::new()),
        Whose::Connection("second".to_owned()),
    ] {
        assert!(end(&store, nobodys.clone()).await.is_empty(), "{nobodys:?}");
    }
    assert_eq!(
        end(&store, at_okta(ISSUER, "sid of ada")).await,
        [key_of(1), key_of(2)]
    );
    assert_eq!(
        end(&store, Whose::Connection("first".to_owned())).await,
        [key_of(3)]
    );
    three_sessions(&store).await;
    let ended = end(&store, by_email(ISSUER, "ADA@Example.com")).await;
    assert_eq!(ended, [1, 2].map(key_of));
    assert_eq!(end(&store, Whose::Everybody).await, [key_of(3)]);
    three_sessions(&store).await;
    assert_eq!(end(&store, Whose::Everybody).await, [1, 2, 3].map(key_of));
    assert!(store.session(&key).await.unwrap().is_some(), "nobody's");
}

pub(super) async fn when_a_session_was_in_use_last_only_moves_on(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let later = now().plus_seconds(300);
    for at in [later, Timestamp(later.0 - 60)] {
        let mut change = store.change().await.unwrap();
        let seen = change.session_seen(&SessionKey::of(&Id(3)), at).await;
        seen.unwrap();
        change.commit().await.unwrap();
    }
    let found = store.sessions_of(ISSUER, "grace").await.unwrap();
    assert_eq!((found.len(), found[0].last_seen), (1, later));
}

pub(super) async fn who_is_signed_in_is_not_in_the_database(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let rows = sqlx::query("SELECT person, okta_sid, content FROM okta_session")
        .fetch_all(&store.pool)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        for column in ["person", "okta_sid", "content"] {
            let value: String = row.get(column);
            assert!(value.len() >= 43, "a hash, or encrypted: {value}");
            assert!(!value.contains("ada") && !value.contains("okta"), "{value}");
        }
    }
    // Nor can it be tried out without the key.
    let stranger = Database::sqlite().await;
    let stranger = stranger.open_with([2; 32]).await.unwrap();
    assert_ne!(
        store.keyed_hash("person", ISSUER, "ada"),
        stranger.keyed_hash("person", ISSUER, "ada")
    );
}

/// As a server of that version does that still runs.
pub(super) async fn what_the_version_before_wrote_is_indexed(database: Database) {
    let store = database.open().await;
    let content = store.encrypt(&key().place(), "{}").unwrap();
    let expires_at = now().plus_seconds(60).0;
    sqlx::query("INSERT INTO okta_session (id_hash, content, expires_at) VALUES ($1, $2, $3)")
        .bind(&key().0)
        .bind(content)
        .bind(expires_at)
        .execute(&store.pool)
        .await
        .unwrap();
    let found = store.sessions_to_index(10).await.unwrap();
    let [(found, Ok(session))] = &found[..] else {
        panic!("one that can be read");
    };
    assert_eq!((found, &*session.content), (&key(), "{}"));
    for index in [of("ada", 10), of("grace", 20)] {
        let mut change = store.change().await.unwrap();
        change.index_session(&key(), &index).await.unwrap();
        change.commit().await.unwrap();
    }
    assert_eq!(sessions_of(&store, "ada").await, [key()]);
    assert!(sessions_of(&store, "grace").await.is_empty(), "once");
    assert!(store.sessions_to_index(10).await.unwrap().is_empty());
}
