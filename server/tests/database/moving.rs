//! `server move-database`

use std::{
    collections::BTreeMap,
    process::{Output, Stdio},
};

use sqlx::{AnyConnection, Connection, Executor, PgConnection, Row, any::AnyRow};

use crate::{
    company::Company,
    harness::postgres,
    support::{command, start},
};

/// Taken by every change that comes in its turn, as the move's are.
const TURN: i64 = 1_869_313_121;

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    text(&output.stdout) + &text(&output.stderr)
}

async fn opened(url: &str) -> AnyConnection {
    AnyConnection::connect(url).await.unwrap()
}

/// All sessions, as they are stored.
async fn stored(database: &mut AnyConnection) -> BTreeMap<String, (String, i64, String, i64)> {
    let sessions = "SELECT id_hash, content, expires_at, person, last_seen FROM okta_session";
    let rows = database.fetch_all(sessions).await.unwrap();
    let session = |row: AnyRow| {
        let rest = (
            row.get("content"),
            row.get("expires_at"),
            row.get("person"),
            row.get("last_seen"),
        );
        (row.get("id_hash"), rest)
    };
    rows.into_iter().map(session).collect()
}

async fn count(postgres: &mut PgConnection, table: &'static str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let row = postgres.fetch_one(sqlx::AssertSqlSafe(sql)).await.unwrap();
    row.get(0)
}

#[tokio::test]
async fn ten_thousand_sessions_are_moved_while_people_sign_in_and_out() {
    let mut company = Company::start().await;
    let cookies = company.with_sessions(10_000).await;
    let target = postgres::database().await;
    let busy = company.busy();
    let first = company.run(&["move-database", "--to", &target]).await;
    assert!(first.status.success(), "{}", said(&first));
    // What is in PostgreSQL already ends in SQLite.
    let (ended, going_on) = cookies.split_at(20);
    for cookie in ended {
        company.sign_out(cookie).await;
    }
    let people = busy.stop().await;
    assert!(!people.signed_in.is_empty() && !people.signed_out.is_empty());
    company.server.stop().await;

    let last = company.run(&["move-database", "--to", &target]).await;
    assert!(last.status.success(), "{}", said(&last));
    let text = said(&last);
    assert!(text.contains("Otherwise the move is complete"), "{text}");
    assert!(
        text.contains("okta.key") && !text.contains(&company.key()),
        "{text}"
    );

    assert_eq!(
        stored(&mut opened(&target).await).await,
        stored(&mut company.database().await).await
    );
    let _server = company.moved_to(&target).await;
    let some: Vec<String> = going_on.iter().step_by(20).cloned().collect();
    assert_eq!(company.signed_in(&some).await, some.len());
    assert_eq!(
        company.signed_in(&people.signed_in).await,
        people.signed_in.len()
    );
    assert_eq!(company.signed_in(&[company.cookie.clone()]).await, 1);
    assert_eq!(company.signed_in(ended).await, 0);
    assert_eq!(company.signed_in(&people.signed_out).await, 0);
    let cookie = company.sign_in().await;
    assert_eq!(company.signed_in(std::slice::from_ref(&cookie)).await, 1);

    // From now on another move would undo what happens there.
    let refused = company.run(&["move-database", "--to", &target]).await;
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("a server has been started on it since"),
        "{}",
        said(&refused)
    );
    assert_eq!(company.signed_in(&[cookie]).await, 1);
}

#[tokio::test]
async fn a_move_that_was_killed_goes_on_and_no_server_starts_on_half_of_it() {
    let mut company = Company::start().await;
    let cookies = company.with_sessions(3000).await;
    let target = postgres::database().await;
    let mut moving = command(company.folder.path())
        .args(["move-database", "--to", &target])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut postgres = PgConnection::connect(&target).await.unwrap();
    let exists = "SELECT to_regclass('okta_session') IS NOT NULL";
    while !postgres.fetch_one(exists).await.unwrap().get::<bool, _>(0) {}
    while count(&mut postgres, "okta_session").await < 500 {}
    let turn = sqlx::query("SELECT pg_advisory_lock($1)").bind(TURN);
    turn.execute(&mut postgres).await.unwrap();
    moving.kill().await.unwrap();
    let moved = count(&mut postgres, "okta_session").await;
    assert!((500..3000).contains(&moved), "{moved}");
    let release = sqlx::query("SELECT pg_advisory_unlock($1)").bind(TURN);
    release.execute(&mut postgres).await.unwrap();

    let key = company.key();
    let on_target = command(company.folder.path())
        .env("OKTA_DATABASE_URL", &target)
        .env("OKTA_ENCRYPTION_KEY", &key)
        .arg("setup-code")
        .output()
        .await
        .unwrap();
    assert!(!on_target.status.success());
    assert!(
        said(&on_target).contains("not all of it is there"),
        "{}",
        said(&on_target)
    );

    let resumed = company.run(&["move-database", "--to", &target]).await;
    assert!(resumed.status.success(), "{}", said(&resumed));
    assert_eq!(count(&mut postgres, "okta_session").await, 3001);
    company.server.stop().await;
    let _server = company.moved_to(&target).await;
    let some: Vec<String> = cookies.iter().step_by(30).cloned().collect();
    assert_eq!(company.signed_in(&some).await, some.len());
}

#[tokio::test]
async fn whoever_keeps_sessions_elsewhere_is_told_that_they_stay_there() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path(), &[]).await.stop().await;
    let target = postgres::database().await;
    let output = command(folder.path())
        .env("OKTA_SESSIONS_URL", "redis://:hunter2@127.0.0.1:1/")
        .args(["move-database", "--to", &target])
        .output()
        .await
        .unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("the sessions there stay where they are"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_database_of_somebody_else_is_refused_and_stays_as_it_is() {
    let company = Company::start().await;
    let target = postgres::database().await;
    let key = company.key();
    let variables = [
        ("OKTA_DATABASE_URL", target.as_str()),
        // Even with the same key it is another installation.
        ("OKTA_ENCRYPTION_KEY", key.as_str()),
    ];
    let folder = tempfile::tempdir().unwrap();
    start(folder.path(), &variables).await.stop().await;
    let mut postgres = PgConnection::connect(&target).await.unwrap();
    let before = count(&mut postgres, "okta_audit").await;
    let refused = company.run(&["move-database", "--to", &target]).await;
    assert!(!refused.status.success());
    let text = said(&refused);
    assert!(
        text.contains("already holds the data of another installation"),
        "{text}"
    );
    assert!(!text.contains(postgres::PASSWORD), "{text}");
    assert_eq!(count(&mut postgres, "okta_audit").await, before);
    assert_eq!(count(&mut postgres, "okta_session").await, 0);
}

#[tokio::test]
async fn what_cannot_be_moved_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let closed = "postgres://ada:hunter2@127.0.0.1:1/okta";
    for (database, to, words) in [
        ("sqlite:okta.db", closed, "there is no database at"),
        (closed, closed, "this needs a SQLite database"),
    ] {
        let output = command(folder.path())
            .env("OKTA_DATABASE_URL", database)
            .args(["move-database", "--to", to])
            .output()
            .await
            .unwrap();
        assert!(!output.status.success());
        let text = said(&output);
        assert!(text.contains(words) && !text.contains("hunter2"), "{text}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    start(folder.path(), &[]).await.stop().await;
    for (to, words) in [
        (closed, "the database okta on 127.0.0.1:1 cannot be reached"),
        (
            "sqlite:other.db",
            "a database can only be moved to PostgreSQL",
        ),
        ("nonsense", "a database can only be moved to PostgreSQL"),
    ] {
        let arguments = ["move-database", "--to", to];
        let output = command(folder.path())
            .args(arguments)
            .output()
            .await
            .unwrap();
        assert!(!output.status.success());
        let text = said(&output);
        assert!(text.contains(words) && !text.contains("hunter2"), "{text}");
    }
    assert!(!folder.path().join("other.db").exists());
}
