//! Sessions, used states, and how changes stand to one another.

use futures::future::join_all;
use okta_types::Timestamp;
use tower_sessions::session::Id;

use super::Database;
use crate::store::{SessionKey, Store, StoredSession, now};

fn key() -> SessionKey {
    SessionKey::of(&Id(42))
}

fn session(content: &str) -> StoredSession {
    StoredSession {
        content: content.to_owned(),
        expires_at: now().plus_seconds(60),
    }
}

async fn insert(store: &Store, session: StoredSession) -> bool {
    let mut change = store.change().await.unwrap();
    let inserted = change.insert_session(&key(), &session).await.unwrap();
    change.commit().await.unwrap();
    inserted
}

async fn update(store: &Store, session: StoredSession) {
    let mut change = store.change().await.unwrap();
    change.update_session(&key(), &session).await.unwrap();
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
    store.sweep().await.unwrap();
    assert!(insert(&store, session("two")).await);
    store.sweep().await.unwrap();
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
    let inserted = change.insert_session(&key(), &session("one")).await;
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
        change.update_session(&key(), &more).await.unwrap();
        change.commit().await.unwrap();
    };
    join_all((0..20).map(|turn| add_one(&stores[turn % 2]))).await;
    assert_eq!(content(&stores[0]).await.unwrap(), "x".repeat(20));
}
