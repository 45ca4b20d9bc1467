//! Starting: what is kept over a restart, and what happens when something cannot be opened.

use axum_okta::{
    Okta, OktaBuilder, Setup,
    error::{EncryptionError, OpenError, StoreError},
};
use http::StatusCode;

use crate::harness::{App, SETUP_CODE, location, session_id};

fn builder(app: &App) -> OktaBuilder {
    Okta::builder().base_url(&app.url).database(app.database())
}

#[tokio::test]
async fn connection_and_sessions_survive_a_restart() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let before = app.okta.connection();
    let app = app.restart().await;
    assert_eq!(app.okta.connection(), before);
    assert!(browser.is_signed_in().await);
    assert_eq!(
        location(&app.browser().sign_in("/protected").await),
        "/protected"
    );
}

#[tokio::test]
async fn the_setup_code_is_told_once_and_not_after_an_admin_has_signed_in() {
    let directory = tempfile::tempdir().unwrap();
    let builder = Okta::builder().database(format!(
        "sqlite:{}",
        directory.path().join("okta.db").display()
    ));
    let okta = builder.clone().open().await.unwrap();
    assert!(matches!(
        okta.prepare_setup().await.unwrap(),
        Setup::Code(_)
    ));
    assert!(matches!(
        okta.prepare_setup().await.unwrap(),
        Setup::CodeMadeEarlier
    ));
    let okta = builder.open().await.unwrap();
    assert!(matches!(
        okta.prepare_setup().await.unwrap(),
        Setup::CodeMadeEarlier
    ));

    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    assert!(matches!(
        app.okta.prepare_setup().await.unwrap(),
        Setup::Done
    ));
}

#[tokio::test]
async fn another_key_is_noticed_and_nothing_is_lost() {
    let app = App::start().await;
    app.connected().await;
    let other_key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let error = builder(&app)
        .encryption_key(other_key)
        .open()
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::Encryption(EncryptionError::WrongKey)),
        "{error}"
    );
    assert!(
        error.to_string().contains("Set the previous key"),
        "{error}"
    );
    assert!(builder(&app).open().await.unwrap().connection().is_some());
}

#[tokio::test]
async fn a_key_file_that_is_gone_is_named_and_not_replaced() {
    let app = App::start().await;
    app.connected().await;
    let key_file = app.directory.path().join("okta.key");
    let key = std::fs::read(&key_file).unwrap();
    std::fs::remove_file(&key_file).unwrap();
    let error = builder(&app).open().await.unwrap_err();
    assert!(error.to_string().contains("okta.key"), "{error}");
    assert!(!key_file.exists());
    std::fs::write(&key_file, key).unwrap();
    assert!(builder(&app).open().await.unwrap().connection().is_some());
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let app = App::start().await;
    for (key, name) in [("x", "base64"), ("c2hvcnQ=", "32")] {
        let error = builder(&app).encryption_key(key).open().await.unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("okta.db");
    let text = "this is a letter, not a database\n".repeat(100);
    std::fs::write(&file, &text).unwrap();
    let error = Okta::builder()
        .database(format!("sqlite:{}", file.display()))
        .open()
        .await
        .unwrap_err();
    assert!(
        matches!(error, OpenError::Store(StoreError::Corrupt { .. })),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let app = App::start().await;
    app.connected().await;
    sqlx::query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, x'00', 0)")
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    let error = builder(&app).open().await.unwrap_err();
    assert!(
        matches!(
            error,
            OpenError::Store(StoreError::Newer { version: 9999, .. })
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let error = Okta::builder()
        .database("sqlite:/no/such/folder/okta.db")
        .open()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("/no/such/folder/okta.db"),
        "{error}"
    );
}

#[tokio::test]
async fn what_cannot_be_used_as_configuration_is_named() {
    let error = Okta::builder()
        .database("mysql://ada:hunter2@db/okta")
        .open()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("mysql") && !error.contains("hunter2"),
        "{error}"
    );
    for base_url in [
        "",
        "app.example.com",
        "ftp://app.example.com",
        "https://app.example.com/path",
        "https://a:b@c",
    ] {
        let error = Okta::builder()
            .base_url(base_url)
            .open_or_deny()
            .await
            .unwrap_err();
        assert!(
            matches!(error, OpenError::BaseUrl(_)),
            "{base_url}: {error}"
        );
    }
}

#[tokio::test]
async fn when_opening_fails_public_pages_are_up_and_guarded_ones_are_closed() {
    let app = App::start_with(|builder| builder.encryption_key("wrong")).await;
    let browser = app.browser();
    assert_eq!(browser.page("/").await.status(), StatusCode::OK);
    let guarded = browser.page("/protected").await;
    assert_eq!(guarded.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        browser.page(&location(&guarded)).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        browser.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        browser.try_setup_code(SETUP_CODE).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        browser
            .page("/authorization-code/callback?code=x&state=y")
            .await
            .status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        browser.post("/logout").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn on_a_read_only_database_people_stay_signed_in_and_changes_say_why_not() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let database = format!("{}?mode=ro", app.database());
    let read_only = app.restart_with(|builder| builder.database(database)).await;
    let identity = read_only.with_session("/api/identity", &session).await;
    assert_eq!(identity.status(), StatusCode::OK);
    let callback = read_only.browser().sign_in("/").await;
    assert_eq!(callback.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(callback.text().await.unwrap().contains("couldn't save"));
    drop(provider);
}
