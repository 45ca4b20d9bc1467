//! An issuer may end in `/`, and is then another one than without (OpenID Connect Core §3.1.3.7).

use axum_okta::connection::ConnectionForm;
use http::StatusCode;
use serde_json::{Value, json};

use super::{ready, refused};
use crate::harness::{App, CONNECTION, Provider, form_for, location};

/// What a provider says of itself, everywhere.
fn calls_itself(provider: &Provider, issuer: &str) {
    let mut behaviour = provider.now();
    behaviour.discovery = json!({ "issuer": issuer });
    behaviour.id_token = json!({ "iss": issuer });
    behaviour.callback = json!({ "iss": issuer });
}

/// The issuer's two spellings, and which of them the provider goes by.
fn spellings(provider: &Provider) -> [(String, String); 4] {
    let without = provider.issuer.clone();
    let with = format!("{without}/");
    let discovery = format!("{without}/.well-known/openid-configuration");
    [
        (with.clone(), with.clone()),
        (without.clone(), with.clone()),
        (discovery, with.clone()),
        (with, without),
    ]
}

#[tokio::test]
async fn an_issuer_is_found_with_and_without_its_slash_and_kept_as_discovery_says() {
    let (app, provider, admin) = ready().await;
    for (typed, named) in spellings(&provider) {
        calls_itself(&provider, &named);
        let answer = admin.connect(&form_for(&typed)).await;
        let status = answer.status();
        assert_eq!(status, StatusCode::OK, "{}", answer.text().await.unwrap());
        let shown: Value = admin.json(CONNECTION).await;
        assert_eq!(shown["issuer"], named, "{typed}");
        let stored: String = sqlx::query_scalar("SELECT issuer FROM okta_connection")
            .fetch_one(&mut app.sql().await)
            .await
            .unwrap();
        assert_eq!(stored, named, "{typed}");

        let browser = app.browser();
        let done = browser.sign_in("/").await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{typed}");
        assert_eq!(browser.identity().await["issuer"], named);
        admin.disconnect().await;
    }
}

#[tokio::test]
async fn an_id_token_and_a_callback_name_the_issuer_with_exactly_its_slash() {
    let (app, provider, admin) = ready().await;
    let with = format!("{}/", provider.issuer);
    calls_itself(&provider, &with);
    admin.connect(&form_for(&with)).await;
    provider.now().id_token = json!({ "iss": provider.issuer });
    let browser = app.browser();
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    provider.now().id_token = json!({ "iss": with });
    provider.now().callback = json!({ "iss": provider.issuer });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn discovery_that_takes_another_slash_later_is_another_issuer() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form_for(&provider.issuer)).await;
    let app = app.restart().await;
    calls_itself(&provider, &format!("{}/", provider.issuer));
    let login = app.browser().page("/login").await;
    assert_eq!(login.status(), StatusCode::BAD_GATEWAY);
    // The check of the connection in use says so, too.
    let report: Value = admin.post(CONNECTION).await.json().await.unwrap();
    assert_eq!(report["checks"][1]["name"], "discovery");
    assert_eq!(report["checks"][1]["outcome"], "failed");
}

#[tokio::test]
async fn more_than_a_slash_is_another_issuer() {
    let (app, provider, admin) = ready().await;
    for named in ["//", "/x", "/x/"].map(|end| format!("{}{end}", provider.issuer)) {
        calls_itself(&provider, &named);
        let expected = json!({ "issuer": "passed", "discovery": "failed", "endpoints": "skipped",
            "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" });
        refused(&app, &admin, &form_for(&provider.issuer), expected).await;
    }
}

#[tokio::test]
async fn who_is_signed_in_stays_so_when_the_connection_is_saved_with_another_slash() {
    let (app, provider, admin) = ready().await;
    let with = format!("{}/", provider.issuer);
    for named in [with.clone(), provider.issuer.clone()] {
        calls_itself(&provider, &named);
        admin.connect(&form_for(&named)).await;
        let browser = app.browser();
        browser.sign_in("/").await;
        for typed in [&with, &provider.issuer] {
            // Without the secret: the stored one is that of this issuer.
            let mut form: ConnectionForm = form_for(typed);
            form.client_secret = String::new();
            assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
            assert!(browser.is_signed_in().await, "{typed}");
        }
    }
}

#[tokio::test]
async fn a_third_party_may_name_the_issuer_with_and_without_its_slash() {
    let (app, provider, admin) = ready().await;
    let with = format!("{}/", provider.issuer);
    for named in [&with, &provider.issuer] {
        calls_itself(&provider, named);
        admin.connect(&form_for(named)).await;
        for iss in [&with, &provider.issuer] {
            let login = app.browser().page(&format!("/login?iss={iss}")).await;
            assert_eq!(login.status(), StatusCode::SEE_OTHER, "{iss} of {named}");
            assert!(location(&login).starts_with(&provider.issuer));
        }
    }
}

#[tokio::test]
async fn an_operators_issuer_is_found_the_same_way_and_sessions_outlive_its_slash() {
    let app = App::start().await;
    let provider = Provider::start(&app.callback()).await;
    let mut app = app;
    for (typed, named) in spellings(&provider) {
        calls_itself(&provider, &named);
        let managed = form_for(&typed);
        app = app
            .restart_with(|builder| builder.managed_connection(managed))
            .await;
        let browser = app.browser();
        let done = browser.sign_in("/").await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{typed}");
        assert_eq!(browser.identity().await["issuer"], named);

        let other = match typed.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{typed}/"),
        };
        app = app
            .restart_with(|builder| builder.managed_connection(form_for(&other)))
            .await;
        assert!(browser.is_signed_in().await, "{typed} was {other}");
    }
}
