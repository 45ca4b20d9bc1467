//! A connection given by the operator rather than on the settings page.

use axum_okta::Setup;
use http::{Method, StatusCode};
use serde_json::json;

use crate::harness::{
    App, Browser, CONNECTION, Provider, SETUP_CODE, api_form, callback_of, form, form_for,
    listener, url_of,
};

/// An app that was never set up in a browser.
async fn managed(groups: usize) -> (App, Provider) {
    // The provider has to know where the app will be, and the app who its provider is.
    let listener = listener().await;
    let provider = Provider::start(&callback_of(&url_of(&listener))).await;
    {
        let mut now = provider.now();
        now.api_groups = (1..=groups)
            .map(|number| format!("Group {number}"))
            .collect();
        now.api_page = 100;
    }
    let connection = api_form(&provider);
    let app = App::start_on(listener, |builder| {
        builder
            .managed_connection(connection)
            .admin_group("Group 7")
    })
    .await;
    (app, provider)
}

async fn status(browser: &Browser, method: Method, path: &str) -> StatusCode {
    let request = browser.request(method, path);
    let answer = request
        .json(&json!({ "client_id": "x", "issuer": "x" }))
        .send();
    answer.await.unwrap().status()
}

#[tokio::test]
async fn it_alone_signs_people_in_with_250_groups_and_needs_no_setup_code() {
    let (app, _provider) = managed(250).await;
    assert!(matches!(
        app.okta.prepare_setup().await.unwrap(),
        Setup::Done
    ));
    let browser = app.browser();
    assert_eq!(
        browser.page("/protected").await.status(),
        StatusCode::SEE_OTHER
    );
    browser.sign_in("/protected").await;
    let identity = browser.identity().await;
    assert_eq!(identity["groups"].as_array().unwrap().len(), 250);
    assert_eq!(
        identity["roles"],
        json!(["admin"]),
        "by the operator's group"
    );
}

#[tokio::test]
async fn it_is_shown_and_cannot_be_changed_in_the_browser() {
    let (app, _provider) = managed(10).await;
    let admin = app.browser();
    admin.sign_in("/").await;
    let shown = admin.api(CONNECTION).await;
    let shown: serde_json::Value = shown.json().await.unwrap();
    assert_eq!(shown["managed"], true);

    assert_eq!(
        status(&admin, Method::PUT, CONNECTION).await,
        StatusCode::CONFLICT
    );
    assert_eq!(
        status(&admin, Method::DELETE, CONNECTION).await,
        StatusCode::CONFLICT
    );
    assert_eq!(
        status(&admin, Method::POST, CONNECTION).await,
        StatusCode::OK,
        "checks may be run"
    );
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn whoever_is_not_in_the_admin_group_is_no_admin() {
    let (app, _provider) = managed(3).await;
    let browser = app.browser();
    browser.sign_in("/").await;
    assert_eq!(browser.identity().await["roles"], json!([]));
    assert_eq!(
        browser.api("/api/okta/roles").await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn sessions_outlive_a_restart_as_long_as_it_is_the_same() {
    let (app, provider) = managed(7).await;
    let browser = app.browser();
    browser.sign_in("/").await;
    let connection = api_form(&provider);
    let mut other = connection.clone();
    other.client_id = "another-app".to_owned();
    let app = app
        .restart_with(|builder| builder.managed_connection(connection))
        .await;
    assert!(browser.is_signed_in().await);
    let app = app
        .restart_with(|builder| builder.managed_connection(other))
        .await;
    assert!(!browser.is_signed_in().await);
    // Taken away again, what was connected in the browser counts: here nothing was.
    let app = app.restart().await;
    assert!(app.okta.connection().is_none());
}

#[tokio::test]
async fn one_that_cannot_be_is_named_and_closes_what_is_guarded() {
    let mut wrong = form_for("my company");
    wrong.client_secret = "the-secret-of-the-operator".to_owned();
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", directory.path().join("okta.db").display());
    let open = |form| {
        let builder = axum_okta::Okta::builder().database(database.clone());
        builder.managed_connection(form).open()
    };
    let error = open(wrong.clone()).await.unwrap_err().to_string();
    assert!(error.contains("issuer"), "{error}");
    assert!(!error.contains("the-secret-of-the-operator"));
    wrong.issuer = "https://dev-1.okta.com".to_owned();
    wrong.client_secret = String::new();
    let error = open(wrong).await.unwrap_err().to_string();
    assert!(error.contains("client secret is empty"), "{error}");
}

#[tokio::test]
async fn a_setup_code_of_before_is_dead_once_the_operator_gives_the_connection() {
    let app = App::start().await;
    let (provider, early) = app.ready_to_connect().await;
    let connection = form(&provider);
    let app = app
        .restart_with(|builder| builder.managed_connection(connection))
        .await;
    assert_eq!(
        early.api("/api/okta/roles").await.status(),
        StatusCode::UNAUTHORIZED,
        "a right given for the code died with it"
    );
    let late = app.browser().try_setup_code(SETUP_CODE).await;
    assert_eq!(late.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_admin_group_without_a_name_is_none() {
    let app = App::start_with(|builder| builder.admin_group("  ")).await;
    let (provider, _admin) = app.connected().await;
    let nobody = json!({ "sub": "00u9", "name": "Nobody", "groups": ["", "  "] });
    let browser = app.signed_in(&provider, nobody).await;
    assert_eq!(browser.identity().await["roles"], json!([]));
}
