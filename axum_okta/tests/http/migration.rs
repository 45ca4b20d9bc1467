//! A database of the first release works with this one.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::harness::{App, Provider, callback_of, listener, table, url_of};

/// The first release's database, dumped: a connection with its secret encrypted, and an admin.
const FIRST_RELEASE: &str = include_str!("data/first_release.sql");
/// The issuer in the dump.
const ISSUER: &str = "http://127.0.0.1:41233";
/// The key that its secrets were encrypted with.
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

#[tokio::test]
async fn a_connection_made_with_the_first_release_works_here() {
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
    database.close().await.unwrap();

    let app = App::start_on(listener, |builder| {
        builder
            .database(format!("sqlite:{}", file.display()))
            .encryption_key(KEY.to_owned())
    })
    .await;
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
