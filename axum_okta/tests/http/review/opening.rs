//! Points 10, 11 and parts of 12: opening.

use std::time::Duration;

use axum_okta::{Okta, error::OpenError};
use http::StatusCode;

use crate::harness::{App, Browser, Log, SETUP_CODE, form};

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

#[tokio::test]
async fn two_first_starts_at_once_have_one_key() {
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("okta.db").display());
    let open = || Okta::builder().database(&database).open();
    let (one, other) = tokio::join!(open(), open());
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert!(open().await.is_ok());
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
