//! What Okta has pushed, and the log of its requests.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};

use super::{Database, execute};
use crate::store::{Kind, Resource, ScimChange, Store, now};

const KEPT: usize = 10_000;

pub(super) async fn the_newest_requests_are_kept(database: Database) {
    let store = database.open().await;
    for (connection, requests) in [("acme", KEPT), ("okta", KEPT + 2100)] {
        execute(
            &store,
            &format!(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {requests}) \
                 INSERT INTO okta_scim_request (connection, id, at, refused, entry) \
                 SELECT '{connection}', CAST(100000 + n AS TEXT), 32503680000, n % 2, '{{}}' FROM numbers"
            ),
        )
        .await;
    }
    execute(
        &store,
        "INSERT INTO okta_scim_request (connection, id, at, refused, entry) VALUES ('acme', '0', 1, 0, '{}')",
    )
    .await;
    store.sweep().await.unwrap();
    let mut change = store.concurrent_change().await.unwrap();
    for is_all in [false, false, true, true] {
        assert_eq!(change.trim_scim_requests("okta").await.unwrap(), is_all);
    }
    assert!(change.trim_scim_requests("acme").await.unwrap());
    change.commit().await.unwrap();
    for connection in ["acme", "okta"] {
        let kept = store.count_scim_requests(connection).await.unwrap();
        assert_eq!(kept, (KEPT, KEPT / 2), "{connection}");
    }
    let oldest =
        sqlx::query("SELECT MIN(id) AS id FROM okta_scim_request WHERE connection = 'okta'");
    let oldest = oldest.fetch_one(&store.pool).await.unwrap();
    assert_eq!(oldest.get::<String, _>("id"), "102101");
}

pub(super) async fn pages_begin_at_a_position(database: Database) {
    let store = database.open().await;
    let mut change = store.concurrent_change().await.unwrap();
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut person = Resource::new();
        person.id = format!("{number}");
        person.name = format!("person {number}");
        let inserted = change.insert_scim_resource("okta", Kind::User, &person);
        assert!(inserted.await.unwrap());
        ids.push(person.id);
    }
    change.commit().await.unwrap();
    for (position, limit) in [(0, 2), (2, 2), (4, 2), (5, 2), (0, 0)] {
        let page = store.scim_resources_from("okta", Kind::User, position, limit);
        let page: Vec<_> = page.await.unwrap().into_iter().map(|one| one.id).collect();
        let expected: Vec<_> = ids.iter().skip(position).take(limit).cloned().collect();
        assert_eq!(page, expected, "{limit} from {position}");
    }
}

/// Of more people than a statement is about, who but one have a subject.
pub(super) async fn a_large_group_is_changed_at_once(database: Database) {
    const PEOPLE: usize = 10_001;
    let store = database.open().await;
    execute(
        &store,
        &format!(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {PEOPLE}) \
             INSERT INTO okta_scim_resource (connection, kind, id, name, name_key, external_id, active, content, \
             version, created_at, changed_at) SELECT 'okta', 'User', 'p' || n, 'p' || n, 'p' || n, \
             CASE WHEN n = 1 THEN '' ELSE '00u' || n END, 1, '{{}}', 1, 1, 1 FROM numbers"
        ),
    )
    .await;
    let ids = |numbers: std::ops::RangeInclusive<usize>| -> BTreeSet<_> {
        numbers.map(|number| format!("p{number}")).collect()
    };
    let (everybody, one, others) = (ids(1..=PEOPLE), ids(1..=1), ids(2..=PEOPLE));
    let mut named = everybody.clone();
    named.extend(["nobody", "p1\0", "\"p1\""].map(str::to_owned));

    let mut change = store.concurrent_change().await.unwrap();
    let known = change.known_people("okta", &named).await.unwrap();
    assert_eq!(known, everybody);
    let known = change.known_people("acme", &named).await.unwrap();
    assert!(known.is_empty());
    let subjects = change.subjects_of("okta", &named).await.unwrap();
    let subjects: BTreeSet<_> = subjects.into_iter().collect();
    let expected: BTreeSet<_> = (2..=PEOPLE).map(|number| format!("00u{number}")).collect();
    assert_eq!(subjects, expected);

    for (group, people, expected) in [
        ("other", &one, &one),
        ("large", &one, &one),
        ("large", &everybody, &others),
        ("large", &everybody, &BTreeSet::new()),
    ] {
        let added = change.add_scim_members("okta", group, people).await;
        assert_eq!(added.unwrap(), *expected);
    }
    for (people, expected) in [(&one, &one), (&named, &others), (&named, &BTreeSet::new())] {
        let removed = change.remove_scim_members("okta", "large", people).await;
        assert_eq!(removed.unwrap(), *expected);
    }
    for people in [&everybody, &BTreeSet::new()] {
        let added = change.add_scim_members("okta", "large", people).await;
        assert_eq!(added.unwrap(), *people);
        let left = change.empty_scim_group("okta", "large").await.unwrap();
        assert_eq!(left, *people);
    }
    let of_another = change.scim_member_ids("okta", "other").await.unwrap();
    assert_eq!(of_another, one);

    change.scim_changed("okta", (0..PEOPLE).map(group_deleted));
    change.commit().await.unwrap();
    let read = deleted_groups(&store, None, 0, PEOPLE / 2).await;
    assert_eq!(read, Some((0..PEOPLE).collect()));
}

fn person(id: &str, emails: Value) -> Resource {
    let mut person = Resource::new();
    person.id = id.to_owned();
    person.name = id.to_owned();
    person.content.insert("Emails".to_owned(), emails);
    person
}

pub(super) async fn people_are_found_by_an_email(database: Database) {
    let store = database.open().await;
    let found = async |email: &str, after: &str, limit: usize| {
        let people = store.scim_people_with_email("okta", email, after, limit);
        let people = people.await.unwrap().into_iter();
        people.map(|person| person.id).collect::<Vec<_>>()
    };
    let (long, in_capitals) = ("ä".repeat(1000), "Ä".repeat(1000));
    let mut ada = person(
        "a",
        json!([{ "value": "Ada@Example.com" }, { "VALUE": ["ada@home.example", "ada@home.example"] }]),
    );
    let grace = person("b", json!(["ada@example.com", long, "nul\0", 7]));
    let mut change = store.concurrent_change().await.unwrap();
    for person in [&ada, &grace] {
        let inserted = change.insert_scim_resource("okta", Kind::User, person);
        assert!(inserted.await.unwrap());
    }
    change.commit().await.unwrap();
    for (email, expected) in [
        ("ada@example.com", &["a", "b"][..]),
        ("ADA@HOME.EXAMPLE", &["a"]),
        (&*in_capitals, &["b"]),
        ("nul\0", &["b"]),
        ("ada", &[]),
    ] {
        assert_eq!(found(email, "", 9).await, expected, "{email}");
    }
    assert_eq!(found("ada@example.com", "", 1).await, ["a"]);
    assert_eq!(found("ada@example.com", "a", 1).await, ["b"]);

    ada.content.clear();
    ada.version += 1;
    let mut change = store.concurrent_change().await.unwrap();
    let updated = change.update_scim_resource("okta", Kind::User, &ada);
    assert!(updated.await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(found("ada@example.com", "", 9).await, ["b"]);

    // As a version writes that knows of no index.
    for statement in [
        "INSERT INTO okta_scim_resource (connection, kind, id, name, name_key, external_id, active, content, version, \
         created_at, changed_at) VALUES ('okta', 'User', 'c', 'c', 'c', '', 1, \
         '{\"emails\":[{\"value\":\"carol@example.com\"}]}', 1, 1, 1)",
        "UPDATE okta_scim_resource SET content = '{\"emails\":[{\"value\":\"bob@example.com\"}]}', \
         version = version + 1 WHERE id = 'b'",
    ] {
        execute(&store, statement).await;
    }
    store.index_scim_emails().await.unwrap();
    assert_eq!(found("bob@example.com", "", 9).await, ["b"]);
    assert_eq!(found("carol@example.com", "", 9).await, ["c"]);
    assert_eq!(found("ada@example.com", "", 9).await, [""; 0]);

    let count = async || {
        let count = sqlx::query("SELECT COUNT(*) AS n FROM okta_scim_email");
        let row = count.fetch_one(&store.pool).await.unwrap();
        row.get::<i64, _>("n")
    };
    let mut change = store.concurrent_change().await.unwrap();
    let deleted = change.delete_scim_resource("okta", Kind::User, "b");
    deleted.await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(count().await, 1);
    let mut change = store.concurrent_change().await.unwrap();
    change.delete_provisioning_of("okta").await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(count().await, 0);
}

fn group_deleted(number: usize) -> ScimChange {
    ScimChange::GroupDeleted(number.to_string())
}

/// Which groups were deleted after a position, in that order. `None` if that isn't known any more.
async fn deleted_groups(
    store: &Store,
    connections: Option<&[String]>,
    mut position: i64,
    limit: usize,
) -> Option<Vec<usize>> {
    let mut groups = Vec::new();
    loop {
        let found = store.scim_changes(connections, (position, now()), limit);
        let found = found.await.unwrap()?;
        for change in found.changes {
            let ScimChange::GroupDeleted(number) = change.changed else {
                panic!("{:?}", change.changed);
            };
            groups.push(number.parse().unwrap());
        }
        position = found.position;
        if !found.is_full {
            return Some(groups);
        }
    }
}

/// More than a batch has, of two connections, and something after it. Of `acme` are all but 1200.
async fn delete_groups(store: &Store) {
    let mut large = store.concurrent_change().await.unwrap();
    large.scim_changed("acme", (0..1200).map(group_deleted));
    large.scim_changed("okta", [group_deleted(1200)]);
    large.commit().await.unwrap();
    let mut small = store.concurrent_change().await.unwrap();
    small.scim_changed("acme", [group_deleted(1201)]);
    small.commit().await.unwrap();
}

pub(super) async fn changes_are_read_from_any_position(database: Database) {
    let store = database.open().await;
    delete_groups(&store).await;
    assert_eq!(store.scim_position().await.unwrap(), 1202);
    let all: Vec<_> = (0..1202).collect();
    for position in [0, 1, 499, 500, 501, 1200, 1201, 1202] {
        let read = deleted_groups(&store, None, position, 1000).await;
        let after = usize::try_from(position).unwrap();
        assert_eq!(read.as_deref(), Some(&all[after..]), "{position}");
    }
    let of_acme: Vec<_> = all.iter().copied().filter(|one| *one != 1200).collect();
    for limit in [7, 500, 2000] {
        let read = async |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            deleted_groups(&store, Some(&names), 0, limit)
                .await
                .unwrap()
        };
        assert_eq!(read(&["acme"]).await, of_acme);
        assert_eq!(read(&["okta"]).await, [1200]);
        assert_eq!(read(&["okta", "acme"]).await, all);
        assert!(read(&[]).await.is_empty());
    }
}

pub(super) async fn changes_of_more_than_90_days_ago_are_forgotten(database: Database) {
    let store = database.open().await;
    delete_groups(&store).await;
    let count = async || {
        let count = sqlx::query("SELECT COUNT(*) AS n FROM okta_scim_change");
        let row = count.fetch_one(&store.pool).await.unwrap();
        row.get::<i64, _>("n")
    };
    for (old, forgotten) in [(501, 1000), (1202, 1202)] {
        let grow_old = format!("UPDATE okta_scim_batch SET at = 1 WHERE first_number <= {old}");
        execute(&store, &grow_old).await;
        store.sweep().await.unwrap();
        assert_eq!(count().await, 1202 - forgotten);
        // Also in the middle of a batch that is gone.
        for position in [0, 1, forgotten - 1] {
            let read = deleted_groups(&store, None, position, 500).await;
            assert!(read.is_none(), "{position}");
        }
        let read = deleted_groups(&store, None, forgotten, 500).await;
        assert_eq!(
            i64::try_from(read.unwrap().len()).unwrap(),
            1202 - forgotten
        );
    }
}

/// What was stored while each change had its own number.
pub(super) async fn changes_with_numbers_of_their_own_are_kept(database: Database) {
    let store = database.open().await;
    // In one connection, as migrations are: on SQLite, another would still know the former tables.
    let mut connection = store.pool.acquire().await.unwrap();
    for statement in [
        "DROP TABLE okta_scim_batch",
        "DROP TABLE okta_scim_change",
        "CREATE TABLE okta_scim_change (number BIGINT PRIMARY KEY NOT NULL, connection TEXT NOT NULL, \
         what TEXT NOT NULL, group_id TEXT NOT NULL, person_id TEXT NOT NULL, external_id TEXT NOT NULL, \
         at BIGINT NOT NULL)",
        "INSERT INTO okta_scim_change VALUES (1, 'acme', 'group_deleted', '0', '', '', 1), \
         (3, 'acme', 'group_deleted', '2', '', '', 3), (2, 'okta', 'group_deleted', '1', '', '', 2)",
        "UPDATE okta_scim_position SET newest = 3",
    ] {
        sqlx::query(statement)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    let migration = include_str!("../../../migrations/0036_scim_batches.sql");
    for statement in migration.split_inclusive(";\n") {
        let statement = sqlx::query(AssertSqlSafe(statement));
        statement.execute(&mut *connection).await.unwrap();
    }
    drop(connection);
    for (position, expected) in [(0, &[0, 1, 2][..]), (1, &[1, 2][..]), (3, &[][..])] {
        let read = deleted_groups(&store, None, position, 2).await;
        assert_eq!(read.as_deref(), Some(expected));
    }
}
