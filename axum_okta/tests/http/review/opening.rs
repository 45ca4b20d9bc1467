//! Points 10, 11 and parts of 12: opening.

use std::time::Duration;

use axum_okta::{Okta, error::OpenError};
use futures::future::join_all;
use http::{Method, StatusCode, header};

use crate::harness::{App, Browser, Log, SETUP_CODE, form, session_id};

const ROUNDS: usize = 4;
const AT_ONCE: usize = 6;
/// What a sign-in writes, and what says that it failed.
const FULL: [&str; 3] = ["okta_setting", "okta_used_state", "okta_audit"];

#[tokio::test]
async fn what_could_not_be_opened_is_tried_again_until_it_can() {
    let directory = tempfile::tempdir().unwrap();
    let late = directory.path().join("not-mounted-yet");
    let database = format!("sqlite:{}", late.join("okta.db").display());
    let app = App::start_with(|builder| builder.database(database)).await;
    assert!(!app.okta.is_ready().await);
    let browser = app.browser();
    let page = browser.page("/login").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    // The cookie of a session that nobody can end now.
    let request = browser.request(Method::POST, "/logout");
    let cookie = "okta_session=AAAAAAAAAAAAAAAAAAAAAA";
    let answer = request.header(header::COOKIE, cookie).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(session_id(&answer), "");

    std::fs::create_dir(&late).unwrap();
    app.okta.opened().await;
    assert!(app.okta.is_ready().await);
    app.okta.prepare_setup().await.unwrap();
    browser.enter_setup_code(SETUP_CODE).await;
    let provider = crate::harness::Provider::start(&app.callback()).await;
    assert_eq!(
        browser.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    browser.sign_in("/").await;
    assert!(browser.is_signed_in().await);
}

/// So many and so often that some are sure to meet in the middle.
#[tokio::test]
async fn first_starts_at_once_have_one_key_and_one_schema() {
    for _ in 0..ROUNDS {
        let directory = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", directory.path().join("okta.db").display());
        let open = || Okta::builder().database(&database).open();
        for opened in join_all((0..AT_ONCE).map(|_| open())).await {
            assert!(opened.is_ok(), "{opened:?}");
        }
        assert!(open().await.is_ok());
    }
}

#[tokio::test]
async fn ready_means_that_a_sign_in_could_be_stored() {
    let log = Log::default();
    let _listening = log.listen("axum_okta::store=trace,axum_okta::services=debug");
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    log.until("expired sessions and old audit entries are deleted")
        .await;
    let begun = || log.text().matches("a change begins").count();
    let before = begun();
    for _ in 0..20 {
        assert!(app.okta.is_ready().await);
    }
    assert_eq!(begun(), before, "it writes nothing");

    let mut database = app.sql().await;
    for table in FULL {
        let full = format!(
            "CREATE TRIGGER full_{table} BEFORE INSERT ON {table} \
             BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        );
        let full = sqlx::query(sqlx::AssertSqlSafe(full));
        full.execute(&mut database).await.unwrap();
    }
    let failed = admin.sign_in("/").await;
    assert_eq!(failed.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!app.okta.is_ready().await);
    for table in FULL {
        let drop = sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER full_{table}")));
        drop.execute(&mut database).await.unwrap();
    }
    assert!(app.okta.is_ready().await);
    admin.sign_in("/").await;
    assert!(admin.is_signed_in().await);

    let read_only = format!("{}?mode=ro", app.database());
    let app = app
        .restart_with(|builder| builder.database(read_only))
        .await;
    assert!(!app.okta.is_ready().await);
}

#[tokio::test]
async fn a_database_that_was_not_there_is_said_loudly() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=warn");
    let app = App::start().await;
    let text = log.text();
    assert!(text.contains("There was no database at"), "{text}");
    assert!(
        text.contains("okta.db") && text.contains("mounted"),
        "{text}"
    );
    app.restart().await;
    assert_eq!(log.text(), text, "and only then");
}

#[tokio::test]
async fn a_provider_that_takes_nearly_the_timeout_for_each_answer_can_be_used() {
    let app = App::start_with(|builder| builder.okta_timeout(Duration::from_secs(3))).await;
    let (provider, admin) = app.ready_to_connect().await;
    // Its keys are made when they are asked for first, which can take seconds.
    let keys = format!("{}/keys", provider.issuer);
    assert_eq!(reqwest::get(keys).await.unwrap().status(), StatusCode::OK);
    {
        let mut behaviour = provider.now();
        behaviour.discovery_delay = Duration::from_millis(2200);
        behaviour.keys_delay = Duration::from_millis(2200);
    }
    assert_eq!(
        admin.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(admin.is_signed_in().await);
}

#[tokio::test]
async fn a_prefix_works_however_it_is_written_or_is_refused() {
    for prefix in ["auth", "/auth", "/auth/", "a/b"] {
        let app = App::start_with(|builder| builder.prefix(prefix)).await;
        let path = format!("/{}/login", prefix.trim_matches('/'));
        assert_eq!(app.okta.login_path(), path);
        let login = app.browser().page(&path).await;
        assert_eq!(login.status(), StatusCode::SERVICE_UNAVAILABLE, "ours");
    }
    for prefix in ["/{name}", "/a//b", "a b", "/ü", "/..", "/a?b", "/*"] {
        let opened = Okta::builder().prefix(prefix).open_or_deny().await;
        assert!(matches!(opened, Err(OpenError::Prefix(_))), "{prefix}");
    }
}

#[tokio::test]
async fn an_http_base_url_off_loopback_is_warned_of() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=warn");
    let open = async |base_url: &str| {
        let directory = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", directory.path().join("okta.db").display());
        let builder = Okta::builder().base_url(base_url).database(database);
        builder.open().await.unwrap();
    };
    open("http://127.0.0.1:3000").await;
    open("https://app.example.com").await;
    assert!(!log.text().contains("in clear"));
    open("http://app.example.com").await;
    assert!(log.text().contains("in clear"), "{}", log.text());
}

#[tokio::test]
async fn a_path_that_is_exempted_may_be_posted_to_by_other_sites_and_no_other() {
    let app = App::start_with(|builder| builder.csrf_exempt("/webhooks/{name}")).await;
    let browser = Browser::new(&app.url);
    let post = async |path: &str| {
        let request = browser.request(http::Method::POST, path);
        let request = request.header("sec-fetch-site", "cross-site");
        request.send().await.unwrap().status()
    };
    assert_eq!(post("/webhooks/stripe").await, StatusCode::OK);
    assert_eq!(post("/anything").await, StatusCode::FORBIDDEN);
    assert_eq!(
        post("/webhooks/a/../../anything").await,
        StatusCode::FORBIDDEN
    );
    // Not ours, whatever the pattern.
    let app = App::start_with(|builder| builder.csrf_exempt("/{*everything}")).await;
    let browser = Browser::new(&app.url);
    for path in ["/logout", "/api/okta/setup", "/api/okta/connect"] {
        let request = browser.request(http::Method::POST, path);
        let request = request.header("sec-fetch-site", "cross-site");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["webhooks", "/{a}{b}"] {
        let opened = Okta::builder().csrf_exempt(path).open_or_deny().await;
        assert!(matches!(opened, Err(OpenError::CsrfExempt(_))), "{path}");
    }
}
