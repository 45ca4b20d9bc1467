//! The plugin on PostgreSQL: the ways of people, and several servers on one database.

use std::{collections::HashSet, error::Error};

use axum_okta::{
    Okta, OktaBuilder, Setup,
    error::{EncryptionError, OpenError, StoreError},
};
use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::harness::{App, Log, ada, grace, postgres, session_id, table};

/// The key that all servers have.
const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

fn on(url: &str) -> impl FnOnce(OktaBuilder) -> OktaBuilder {
    move |builder| builder.database(url).encryption_key(KEY.to_owned())
}

fn builder(url: &str) -> OktaBuilder {
    on(url)(Okta::builder())
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn people_sign_in_stay_signed_in_over_a_restart_and_sign_out() {
    let url = postgres::database().await;
    let app = App::start_with(on(&url)).await;
    let (provider, admin) = app.connected().await;
    assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
    let roles = table(&[("Engineering", "editor")]);
    assert_eq!(
        admin.set_roles(&roles).await.status(),
        StatusCode::NO_CONTENT
    );
    // What a host keeps beside it.
    admin.post("/note").await;

    let app = app.restart_with(on(&url)).await;
    assert_eq!(admin.identity().await["roles"], json!(["admin", "editor"]));
    assert_eq!(admin.roles().await, roles);
    assert_eq!(admin.post("/logout").await.status(), StatusCode::SEE_OTHER);
    assert!(!admin.is_signed_in().await);
    let again = app.signed_in(&provider, grace()).await;
    assert_eq!(again.subject().await, "00u2grace");
    provider.now().person = ada();
    admin.sign_in("/").await;
    let events = ["signed_in", "signed_in", "signed_out", "roles_changed"];
    let audit = admin.audit().await;
    let audit = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["event"]);
    assert_eq!(audit.take(4).collect::<Vec<_>>(), events);
}

#[tokio::test]
async fn what_one_server_stores_another_finds() {
    let url = postgres::database().await;
    let one = App::start_with(on(&url)).await;
    let (_provider, browser) = one.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let other = App::start_with(on(&url)).await;
    let identity = other.with_session("/api/identity", &session).await;
    assert_eq!(identity.status(), StatusCode::OK);
    assert_eq!(
        browser.post("/logout").await.status(),
        StatusCode::SEE_OTHER
    );
    let third = App::start_with(on(&url)).await;
    let identity = third.with_session("/api/identity", &session).await;
    assert_eq!(identity.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn ten_servers_that_start_at_once_make_one_schema_and_one_setup_code() {
    let url = postgres::database().await;
    let start = async || {
        let okta = builder(&url).open().await.unwrap();
        let setup = okta.prepare_setup().await.unwrap();
        (okta, setup)
    };
    let started = join_all((0..10).map(|_| start())).await;
    let codes = started
        .iter()
        .filter(|(_, setup)| matches!(setup, Setup::Code(_)));
    assert_eq!(codes.count(), 1);
    let made_earlier = started
        .iter()
        .filter(|(_, setup)| matches!(setup, Setup::CodeMadeEarlier));
    assert_eq!(made_earlier.count(), 9);

    let mut database = PgConnection::connect(&url).await.unwrap();
    let applied = database
        .fetch_all("SELECT version, success FROM _sqlx_migrations")
        .await
        .unwrap();
    let versions: HashSet<i64> = applied.iter().map(|row| row.get("version")).collect();
    assert_eq!(versions.len(), applied.len());
    assert!(applied.iter().all(|row| row.get("success")));
}

#[tokio::test]
async fn without_a_key_nothing_is_opened_and_nothing_is_made() {
    let url = postgres::database().await;
    let error = Okta::builder().database(&url).open().await.unwrap_err();
    assert!(
        matches!(error, OpenError::Encryption(EncryptionError::Missing)),
        "{error}"
    );
    assert!(error.to_string().contains("OKTA_ENCRYPTION_KEY"), "{error}");
    let mut database = PgConnection::connect(&url).await.unwrap();
    let tables = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = database.fetch_one(tables).await.unwrap().get(0);
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn a_password_is_in_no_error_and_no_log() {
    let log = Log::default();
    let _listening = log.listen("trace");
    let url = postgres::database().await;
    builder(&url).open().await.unwrap();
    let closed = format!("postgres://ada:{}@127.0.0.1:1/okta", postgres::PASSWORD);
    let no_database = format!("{url}x");
    let no_mode = format!("{url}?sslmode=maybe");
    for url in [&closed, &no_database, &no_mode] {
        let error = builder(url).open().await.unwrap_err();
        let error = with_causes(&error);
        assert!(!error.contains(postgres::PASSWORD), "{error}");
        let _closed = builder(url).open_or_deny().await.unwrap();
    }
    let text = log.text();
    assert!(
        text.contains("still closed") || text.contains("is closed"),
        "{text}"
    );
    assert!(!text.contains(postgres::PASSWORD));
}

#[tokio::test]
async fn a_database_out_of_reach_is_named() {
    let wrong = "postgres://ada:hunter2@127.0.0.1:1/okta";
    let error = builder(wrong).open().await.unwrap_err();
    assert!(
        matches!(&error, OpenError::Store(StoreError::Connect { database, .. }) if database == "okta on 127.0.0.1:1"),
        "{error}"
    );
    let url = postgres::database().await;
    let error = builder(&url.replace(postgres::PASSWORD, "wrong"))
        .open()
        .await
        .unwrap_err();
    assert!(with_causes(&error).contains("password authentication failed"));
}

#[tokio::test]
async fn the_databases_certificate_is_verified_when_asked_for() {
    let url = postgres::database().await;
    let authority = postgres::authority();
    let authority = authority.display();
    let verified = format!("{url}?sslmode=verify-full&sslrootcert={authority}");
    let _opened = builder(&verified).open().await.unwrap();
    let mut database = PgConnection::connect(&url).await.unwrap();
    let encrypted = "SELECT COUNT(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE ssl AND datname = current_database() AND pid <> pg_backend_pid()";
    let encrypted: i64 = database.fetch_one(encrypted).await.unwrap().get(0);
    assert!(encrypted > 0);

    let of_nobody = builder(&format!("{url}?sslmode=verify-full")).open().await;
    assert!(of_nobody.is_err(), "an authority that nobody trusts");
    let other_name = verified.replace("localhost", "127.0.0.1");
    assert!(builder(&other_name).open().await.is_err(), "another host's");
}

#[tokio::test]
async fn a_connection_that_somebody_could_read_is_warned_of() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=warn");
    let url = postgres::database().await;
    builder(&url).open().await.unwrap();
    assert!(!log.text().contains("is not verified"), "{}", log.text());
    // Nobody answers at an address for documentation.
    let far = "postgres://ada:hunter2@192.0.2.1/okta?sslmode=verify-full";
    let far_and_open = "postgres://ada:hunter2@192.0.2.1/okta";
    for (url, is_warned) in [(far, false), (far_and_open, true)] {
        let error = builder(url).open().await.unwrap_err();
        assert!(
            matches!(error, OpenError::Store(StoreError::Connect { .. })),
            "{error}"
        );
        assert_eq!(log.text().contains("is not verified"), is_warned, "{url}");
    }
}

/// Whatever cannot be read by it is not written either.
#[tokio::test]
async fn a_server_that_stopped_in_the_middle_of_a_change_is_waited_for_no_longer_than_bounded() {
    let url = postgres::database().await;
    let app = App::start_with(on(&url)).await;
    let (_provider, browser) = app.connected().await;
    let mut other = PgConnection::connect(&url).await.unwrap();
    let mut change = other.begin().await.unwrap();
    change
        .execute("LOCK TABLE okta_used_state IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let refused = browser.sign_in("/").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.text().await.unwrap().contains("couldn't save"));
    change.rollback().await.unwrap();
    let done = browser.sign_in("/").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_ne!(browser.subject().await, Value::Null);
}
