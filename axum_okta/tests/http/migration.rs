//! A database of the first release works with this one.

use http::{Method, header};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use tempfile::TempDir;

use crate::harness::{App, Provider, callback_of, listener, location, table, url_of};

/// The first release's database, dumped: a connection with its secret encrypted, and an admin.
const FIRST_RELEASE: &str = include_str!("data/first_release.sql");
/// A session of that release, as it kept it in its file: somebody signed in through that
/// connection.
const SESSION: &str = include_str!("data/first_release_session.hex");
/// The id of that session, which the browser holds.
const SESSION_ID: &str = "f2npEW3BHcTHfCVfVDtzig";
/// The issuer in the dump.
const ISSUER: &str = "http://127.0.0.1:41233";
/// The key that its secrets were encrypted with.
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

/// An app on the first release's database, and the provider that its connection is of.
async fn upgraded() -> (App, Provider, TempDir) {
    let listener = listener().await;
    let provider = Provider::start(&callback_of(&url_of(&listener))).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("first.db");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    // The provider of this test stands where the one of the dump did.
    database
        .execute(AssertSqlSafe(
            FIRST_RELEASE.replace(ISSUER, &provider.issuer),
        ))
        .await
        .unwrap();
    sqlx::query("INSERT INTO tower_sessions VALUES ($1, $2, '2126-11-01T05:23:39Z')")
        .bind(SESSION_ID)
        .bind(bytes(SESSION))
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();

    let app = App::start_on(listener, |builder| {
        builder
            .database(format!("sqlite:{}", file.display()))
            .encryption_key(KEY.to_owned())
    })
    .await;
    (app, provider, directory)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap())
        .collect()
}

#[tokio::test]
async fn a_connection_made_with_the_first_release_works_here() {
    let (app, _provider, _directory) = upgraded().await;
    let connection = app.okta.connection().expect("the connection of then");
    assert_eq!(connection.options, Default::default());

    let admin = app.browser();
    admin.sign_in("/").await;
    assert_eq!(
        admin.identity().await["roles"],
        json!(["admin"]),
        "the admin of then"
    );
    admin.set_roles(&table(&[("Engineering", "editor")])).await;
    assert_eq!(admin.identity().await["roles"], json!(["admin", "editor"]));
}

#[tokio::test]
async fn a_session_of_the_first_release_goes_on_and_its_id_is_no_longer_in_the_file() {
    let (app, _provider, directory) = upgraded().await;
    let cookie = format!("okta_session={SESSION_ID}");
    assert_eq!(app.subject_with(&cookie).await, "00u1ada");
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let id = SESSION_ID.as_bytes();
        assert!(
            !bytes.windows(id.len()).any(|window| window == id),
            "{}",
            path.display()
        );
    }
    // Signing out goes to Okta with the ID token of then.
    let request = app.browser().request(Method::POST, "/logout");
    let done = request
        .header(header::COOKIE, &cookie)
        .send()
        .await
        .unwrap();
    assert!(location(&done).contains("id_token_hint="));
    assert_eq!(app.subject_with(&cookie).await, Value::Null);
}
