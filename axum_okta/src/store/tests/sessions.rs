//! Sessions, used states, and how changes stand to one another.

use std::{collections::HashMap, time::Duration};

use futures::future::join_all;
use okta_types::Timestamp;
use sqlx::Row;
use tower_sessions::session::Id;

use super::{Database, execute};
use crate::store::{
    Edit, FoundSession, SessionHolder, SessionIndex, SessionKey, SessionOwner, SessionPlace, Store,
    StoreError, StoredSession, Whose, now,
};

pub(super) fn key() -> SessionKey {
    key_of(42)
}

pub(super) fn key_of(number: i128) -> SessionKey {
    SessionKey::of(&Id(number))
}

pub(super) fn session(content: &str) -> StoredSession {
    StoredSession {
        content: content.to_owned(),
        expires_at: now().plus_seconds(60),
        last_seen: now(),
    }
}

/// Deletes the sessions that have expired, as is done from time to time.
async fn sweep_sessions(store: &Store) {
    loop {
        let mut change = store.change().await.unwrap();
        let over = change.expired_sessions(1000).await.unwrap();
        if over.is_empty() {
            return;
        }
        for (key, _) in over {
            change.take_session(&key).await.unwrap();
        }
        change.commit().await.unwrap();
    }
}

fn edit(content: &str) -> Edit {
    Edit {
        session: session(content),
        index: nobodys(),
        changes_sign_in: false,
    }
}

fn nobodys() -> SessionIndex {
    SessionIndex {
        owner: None,
        since: Timestamp(40),
        holder: None,
    }
}

async fn insert(store: &Store, session: StoredSession) -> bool {
    let inserted = store.insert_session(&key(), &session, &nobodys()).await;
    inserted.unwrap()
}

async fn update(store: &Store, content: &str) -> bool {
    let updated = store
        .update_session(&key(), |_| Ok(Some(edit(content))))
        .await;
    updated.unwrap()
}

pub(super) async fn take(store: &Store) -> Option<StoredSession> {
    let mut change = store.concurrent_change().await.unwrap();
    let taken = change.take_session(&key()).await.unwrap();
    change.commit().await.unwrap();
    taken
}

pub(super) async fn content(store: &Store) -> Option<String> {
    let found = store.session(&key()).await.unwrap();
    found.map(|found| found.content)
}

pub(super) async fn a_session_is_kept_and_changed_under_its_id(database: Database) {
    let store = database.open().await;
    assert!(insert(&store, session("one")).await);
    assert_eq!(content(&store).await.unwrap(), "one");
    assert!(update(&store, "two").await);
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
    assert_eq!(take(&store).await.unwrap().content, "one");
    assert!(!update(&store, "two").await);
    let now = HashMap::from([(key(), now())]);
    store.sessions_seen(&now).await.unwrap();
    assert_eq!(content(&store).await, None);
}

/// Of those who end a session at once, one knows what it was, and may continue it.
pub(super) async fn a_session_is_ended_once(database: Database) {
    let stores = [database.open().await, database.open().await];
    insert(&stores[0], session("one")).await;
    let taken = join_all((0..20).map(|turn| take(&stores[turn % 2]))).await;
    assert_eq!(taken.into_iter().flatten().count(), 1);
    assert_eq!(content(&stores[0]).await, None);
}

fn expired() -> StoredSession {
    StoredSession {
        last_seen: now(),
        content: "expired".to_owned(),
        expires_at: now(),
    }
}

pub(super) async fn an_expired_session_is_nobodys(database: Database) {
    let store = database.open().await;
    assert!(insert(&store, expired()).await);
    assert_eq!(content(&store).await, None);
    assert!(!update(&store, "two").await);
    assert!(take(&store).await.is_none());
}

pub(super) async fn an_expired_session_is_swept(database: Database) {
    let store = database.open().await;
    assert!(insert(&store, expired()).await);
    assert!(!insert(&store, session("two")).await, "it takes room");
    sweep_sessions(&store).await;
    assert!(insert(&store, session("two")).await);
    sweep_sessions(&store).await;
    assert_eq!(content(&store).await.unwrap(), "two");
}

pub(super) async fn old_sessions_are_gone_through_a_part_at_a_time(database: Database) {
    let store = database.open().await;
    let mut change = store.change().await.unwrap();
    // Some began at the same time.
    for (number, since) in [(1, 40), (2, 30), (3, 30), (4, 50)] {
        let (key, session) = (key_of(number), session(""));
        let index = of("00u1", since);
        let inserted = change.insert_session(&key, &session, Some(&index)).await;
        inserted.unwrap();
    }
    // Nobody is signed in with it.
    let (key, session, index) = (key_of(5), session(""), nobodys());
    let inserted = change.insert_session(&key, &session, Some(&index)).await;
    inserted.unwrap();
    change.commit().await.unwrap();

    let (mut place, mut seen) = (None, Vec::new());
    loop {
        let part = store.sessions_after(place.as_ref(), Timestamp(40), 1).await;
        let part = part.unwrap();
        let [session] = &part[..] else {
            assert!(part.is_empty());
            break;
        };
        place = Some(session.place());
        seen.push(session.key.clone());
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2], key_of(1));
    assert!([key_of(2), key_of(3)].iter().all(|key| seen.contains(key)));
}

pub(super) async fn a_session_that_was_used_meanwhile_is_not_an_unused_one(database: Database) {
    let store = database.open().await;
    insert(&store, session("one")).await;
    let mut change = store.change().await.unwrap();
    let hour_ago = now().plus_seconds(-3600);
    let unused = change.unused_session(&key(), hour_ago).await.unwrap();
    assert!(unused.is_none());
    let unused = change.unused_session(&key(), now()).await.unwrap();
    assert_eq!(unused.unwrap().unwrap().content, "one");
    change.commit().await.unwrap();
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
    drop(change);
    // Outside of the database it takes a moment.
    while content(&store).await.is_some() {
        tokio::task::yield_now().await;
    }
    assert!(insert(&store, session("two")).await);
}

pub(super) async fn nobody_sees_what_is_not_committed_yet(database: Database) {
    let store = database.open().await;
    let mut change = store.change().await.unwrap();
    let inserted = change.insert_session(&key(), &session("one"), None).await;
    assert!(inserted.unwrap());
    assert_eq!(content(&store).await, None);
    change.commit().await.unwrap();
    assert_eq!(content(&store).await.unwrap(), "one");
}

/// Two servers: each has a line of its own.
pub(super) async fn of_changes_at_once_none_overwrites_another(database: Database) {
    let stores = [database.open().await, database.open().await];
    insert(&stores[0], session("")).await;
    let add_one = async |store: &Store| {
        let add = |found: StoredSession| Ok(Some(edit(&format!("{}x", found.content))));
        let updated = store.update_session(&key(), add).await;
        assert!(updated.unwrap());
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
    sweep_sessions(&store).await;
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

pub(super) const ISSUER: &str = "https://dev-1.okta.com";

pub(super) fn of(subject: &str, since: i64) -> SessionIndex {
    SessionIndex {
        owner: Some(SessionOwner {
            issuer: ISSUER.to_owned(),
            subject: subject.to_owned(),
            okta_sid: Some(format!("sid of {subject}")),
            email: Some(format!("{subject}@example.com")),
            connection_id: "first".to_owned(),
        }),
        since: Timestamp(since),
        holder: Some(held_by(subject)),
    }
}

pub(super) fn held_by(subject: &str) -> SessionHolder {
    SessionHolder {
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        name: format!("{subject} of the tests"),
        email: Some(format!("{subject}@example.com")),
        connection: "okta".to_owned(),
        browser: "Firefox on Linux".to_owned(),
        address: None,
    }
}

/// Two of Ada's and one of Grace's; the first of Ada's has number 1.
pub(super) async fn three_sessions(store: &Store) {
    let mut change = store.change().await.unwrap();
    for (id, index) in [(1, of("ada", 10)), (2, of("ada", 20)), (3, of("grace", 30))] {
        let key = SessionKey::of(&Id(id));
        let session = session("{}");
        let inserted = change.insert_session(&key, &session, Some(&index)).await;
        assert!(inserted.unwrap());
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
    assert_eq!(found[0].holder, Some(held_by("ada")));
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
pub(super) async fn end(store: &Store, whose: Whose) -> Vec<SessionKey> {
    let mut change = store.change().await.unwrap();
    let ended = change.delete_sessions_of(&whose).await.unwrap();
    change.commit().await.unwrap();
    let numbered = [1, 2, 3].map(key_of).into_iter();
    numbered
        .filter(|key| ended.iter().any(|ended| ended.key == *key))
        .collect()
}

pub(super) fn person(issuer: &str, subject: &str) -> Whose {
    Whose::Person {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    }
}

/// Gives the numbers of a part of the list.
async fn page(store: &Store, place: Option<&SessionPlace>) -> (Vec<i128>, Option<SessionPlace>) {
    let found = store.sessions_before(place, None, 3).await.unwrap();
    let number = |key: &SessionKey| (1..100).find(|number| key_of(*number) == *key).unwrap();
    let numbers = found.iter().map(|found| number(&found.key)).collect();
    (numbers, found.last().map(FoundSession::place))
}

pub(super) async fn sessions_are_listed_a_part_at_a_time(database: Database) {
    let store = database.open().await;
    let insert = async |number: i128, since: i64| {
        let (key, index) = (key_of(number), of("ada", since));
        let inserted = store.insert_session(&key, &session("{}"), &index).await;
        assert!(inserted.unwrap());
    };
    for number in 1..=8 {
        insert(number, 10 * number as i64).await;
    }
    // Nobody is signed in with it.
    assert!(self::insert(&store, session("{}")).await);
    let (numbers, place) = page(&store, None).await;
    assert_eq!(numbers, [8, 7, 6]);

    // Others begin and end meanwhile, also the one in the place.
    insert(9, 90).await;
    let mut change = store.change().await.unwrap();
    for number in [8, 6, 4] {
        change.take_session(&key_of(number)).await.unwrap();
    }
    change.commit().await.unwrap();
    let (numbers, place) = page(&store, place.as_ref()).await;
    assert_eq!(numbers, [5, 3, 2]);
    let (numbers, place) = page(&store, place.as_ref()).await;
    assert_eq!(numbers, [1]);
    assert!(page(&store, place.as_ref()).await.0.is_empty());

    let found = store.sessions_before(None, None, 1).await.unwrap();
    assert_eq!(found[0].holder, Some(held_by("ada")));
    assert_eq!(
        (&*found[0].connection_id, found[0].since),
        ("first", Timestamp(90))
    );
}

/// Each is on one page.
pub(super) async fn sessions_of_one_moment_are_listed_once(database: Database) {
    let store = database.open().await;
    for number in 1..=10 {
        let (key, index) = (key_of(number), of("ada", 10));
        let inserted = store.insert_session(&key, &session("{}"), &index).await;
        assert!(inserted.unwrap());
    }
    let (mut all, mut place) = (Vec::new(), None);
    loop {
        let (numbers, next) = page(&store, place.as_ref()).await;
        if numbers.is_empty() {
            break;
        }
        all.extend(numbers);
        place = next;
    }
    all.sort_unstable();
    assert_eq!(all, Vec::from_iter(1..=10));
}

pub(super) async fn whose_a_session_is_is_known_by_its_name(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let named = |name: &str| SessionKey::named(name);
    assert_eq!(named(key_of(1).name()), Some(key_of(1)));
    assert_eq!(named("somebody"), None);
    let holder = store.session_holder(&key_of(1)).await.unwrap();
    assert_eq!(holder, Some(held_by("ada")));
    assert_eq!(store.session_holder(&key()).await.unwrap(), None);

    let renamed = |found| {
        let mut index = of("ada", 10);
        index.holder.as_mut().unwrap().name = "Ada King".to_owned();
        let (session, changes_sign_in) = (found, false);
        Ok(Some(Edit {
            session,
            index,
            changes_sign_in,
        }))
    };
    assert!(store.update_session(&key_of(1), renamed).await.unwrap());
    let holder = store.session_holder(&key_of(1)).await.unwrap();
    assert_eq!(holder.unwrap().name, "Ada King");

    let mut change = store.change().await.unwrap();
    let ended = change
        .delete_sessions_of(&person(ISSUER, "grace"))
        .await
        .unwrap();
    change.commit().await.unwrap();
    assert_eq!(store.holder_of(&ended[0]), Some(held_by("grace")));
    assert_eq!(store.session_holder(&key_of(3)).await.unwrap(), None);
}

pub(super) async fn sessions_that_end_together_are_deleted_together(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let mut change = store.change().await.unwrap();
    let inserted = change
        .insert_session(&key_of(4), &session("{}"), Some(&nobodys()))
        .await;
    assert!(inserted.unwrap());
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
    assert!(
        store.session(&key_of(4)).await.unwrap().is_some(),
        "nobody's"
    );
}

pub(super) async fn a_new_email_replaces_the_former_one(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let mut index = of("ada", 10);
    if let Some(owner) = &mut index.owner {
        owner.email = Some("lovelace@example.com".to_owned());
    }
    let edit = |found| {
        Ok(Some(Edit {
            session: found,
            index: index.clone(),
            changes_sign_in: true,
        }))
    };
    assert!(store.update_session(&key_of(1), edit).await.unwrap());
    let by_email = |email: &str| Whose::Email {
        issuer: ISSUER.to_owned(),
        email: email.to_owned(),
    };
    assert_eq!(end(&store, by_email("ada@example.com")).await, [key_of(2)]);
    let ended = end(&store, by_email("lovelace@example.com")).await;
    assert_eq!(ended, [key_of(1)]);
}

pub(super) async fn when_a_session_was_in_use_last_only_moves_on(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let later = now().plus_seconds(300);
    for at in [later, Timestamp(later.0 - 60)] {
        let seen = HashMap::from([(key_of(3), at)]);
        store.sessions_seen(&seen).await.unwrap();
    }
    let found = store.sessions_of(ISSUER, "grace").await.unwrap();
    assert_eq!((found.len(), found[0].last_seen), (1, later));
}

pub(super) async fn who_is_signed_in_is_not_in_the_database(database: Database) {
    let store = database.open().await;
    three_sessions(&store).await;
    let rows = sqlx::query("SELECT person, okta_sid, content, holder FROM okta_session")
        .fetch_all(&store.pool)
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        for column in ["person", "okta_sid", "content", "holder"] {
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
    let holder = store.session_holder(&key()).await.unwrap();
    assert_eq!(holder, Some(held_by("ada")));
    assert!(sessions_of(&store, "grace").await.is_empty(), "once");
    assert!(store.sessions_to_index(10).await.unwrap().is_empty());
}
