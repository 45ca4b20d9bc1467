//! What each check finds.

use std::time::Duration;

use axum::body::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::{only_issuer_failed, ready, refused};
use crate::harness::{App, CONNECTION, form, form_for, form_with, outcomes};

#[tokio::test]
async fn an_issuer_that_answers_http_is_told_apart_from_one_that_is_not_there() {
    let (app, provider, admin) = ready().await;
    let form = form_for(&provider.issuer.replace("http://", "https://"));
    let report = refused(&app, &admin, &form, only_issuer_failed()).await;
    assert!(report.contains("responds over http, not https"), "{report}");
    assert!(!report.contains("InvalidContentType"), "{report}");
}

#[tokio::test]
async fn connecting_checks_saves_and_takes_effect_at_once() {
    let (_app, provider, admin) = ready().await;
    assert_eq!(
        admin.page("/login").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        outcomes(answer).await,
        json!({ "issuer": "passed", "discovery": "passed", "endpoints": "passed",
            "credentials": "passed", "redirect_uri": "passed", "groups": "passed" })
    );
    assert_eq!(admin.page("/login").await.status(), StatusCode::SEE_OTHER);
    let shown: Value = admin.json(CONNECTION).await;
    assert_eq!(shown["name"], "okta");
    assert_eq!(shown["issuer"], provider.issuer);
}

#[tokio::test]
async fn a_wrong_secret_is_told_from_a_wrong_redirect_uri() {
    let (app, provider, admin) = ready().await;
    let wrong_secret = form_with(&provider, |form| {
        form.client_secret = "wrong-secret-typed".into();
    });
    let text = refused(
        &app,
        &admin,
        &wrong_secret,
        json!({ "issuer": "passed", "discovery": "passed",
        "endpoints": "passed", "credentials": "failed", "redirect_uri": "passed", "groups": "passed" }),
    )
    .await;
    assert!(!text.contains("wrong-secret-typed"));

    provider.now().redirect_uris.clear();
    refused(
        &app,
        &admin,
        &form(&provider),
        json!({ "issuer": "passed", "discovery": "passed",
        "endpoints": "passed", "credentials": "passed", "redirect_uri": "failed", "groups": "passed" }),
    )
    .await;
}

#[tokio::test]
async fn a_provider_that_cannot_answer_silently_does_not_block() {
    let (app, provider, admin) = ready().await;
    provider.now().silent = false;
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(outcomes(answer).await["redirect_uri"], "unknown");
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn a_token_endpoint_that_answers_nonsense_does_not_block() {
    let (app, provider, admin) = ready().await;
    provider.now().token_down = true;
    let answer = admin.connect(&form(&provider)).await;
    assert_eq!(outcomes(answer).await["credentials"], "unknown");
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn fields_that_cannot_be_are_refused_before_anybody_is_asked() {
    let (app, provider, admin) = ready().await;
    for issuer in [
        "",
        "   ",
        "not a url",
        "ftp://x.example",
        "http://dev-1.okta.com",
        &"x".repeat(5000),
    ] {
        let form = form_with(&provider, |form| form.issuer = issuer.to_owned());
        refused(&app, &admin, &form, only_issuer_failed()).await;
    }
    let credentials = json!({ "issuer": "skipped", "discovery": "skipped", "endpoints": "skipped",
        "credentials": "failed", "redirect_uri": "skipped", "groups": "skipped" });
    for typed in ["", "two words", "line\nbreak", &"x".repeat(5000)] {
        let id = form_with(&provider, |form| form.client_id = typed.to_owned());
        refused(&app, &admin, &id, credentials.clone()).await;
        let secret = form_with(&provider, |form| form.client_secret = typed.to_owned());
        refused(&app, &admin, &secret, credentials.clone()).await;
    }
    assert_eq!(provider.asked("discovery"), 0);
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_named() {
    let (app, provider, admin) = ready().await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let nobody = form_with(&provider, |form| form.issuer = format!("http://{free}"));
    let text = refused(&app, &admin, &nobody, only_issuer_failed()).await;
    assert!(text.contains(&free.to_string()), "{text}");

    let other_path = form_with(&provider, |form| {
        form.issuer = format!("{}/oauth2/nosuch", provider.issuer);
    });
    refused(&app, &admin, &other_path, only_issuer_failed()).await;
}

#[tokio::test]
async fn discovery_answers_that_are_none_are_refused() {
    let (app, provider, admin) = ready().await;
    let mut elsewhere = HeaderMap::new();
    elsewhere.insert(
        header::LOCATION,
        HeaderValue::from_static("http://127.0.0.1:1/"),
    );
    let huge = Bytes::from(vec![b' '; 2 * 1024 * 1024]);
    for answer in [
        (StatusCode::FOUND, elsewhere, Bytes::new()),
        (
            StatusCode::OK,
            HeaderMap::new(),
            Bytes::from_static(b"<html>hello</html>"),
        ),
        (StatusCode::OK, HeaderMap::new(), Bytes::from_static(b"{}")),
        (StatusCode::OK, HeaderMap::new(), huge),
        (StatusCode::NOT_FOUND, HeaderMap::new(), Bytes::new()),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            HeaderMap::new(),
            Bytes::from_static(b"oops"),
        ),
    ] {
        provider.now().discovery_answer = Some(answer);
        refused(&app, &admin, &form(&provider), only_issuer_failed()).await;
    }
}

#[tokio::test]
async fn an_issuer_that_is_too_slow_is_given_up() {
    let app = App::start_with(|builder| builder.okta_timeout(Duration::from_millis(200))).await;
    let (provider, admin) = app.ready_to_connect().await;
    provider.now().discovery_delay = Duration::from_secs(3600);
    let text = refused(&app, &admin, &form(&provider), only_issuer_failed()).await;
    assert!(text.contains("didn't respond within"), "{text}");
}

#[tokio::test]
async fn discovery_of_another_issuer_is_refused() {
    let (app, provider, admin) = ready().await;
    provider.now().discovery = json!({ "issuer": "https://other.okta.com" });
    let text = refused(
        &app,
        &admin,
        &form(&provider),
        json!({ "issuer": "passed", "discovery": "failed",
        "endpoints": "skipped", "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" }),
    )
    .await;
    assert!(text.contains("https://other.okta.com"));
}

#[tokio::test]
async fn endpoints_that_are_missing_or_not_https_are_refused() {
    let (app, provider, admin) = ready().await;
    for change in [
        json!({ "token_endpoint": null }),
        json!({ "token_endpoint": "http://token.example.com/" }),
        json!({ "authorization_endpoint": "http://authorize.example.com/" }),
        json!({ "userinfo_endpoint": "http://userinfo.example.com/" }),
        json!({ "jwks_uri": "http://keys.example.com/" }),
        json!({ "end_session_endpoint": "http://logout.example.com/" }),
        json!({ "pushed_authorization_request_endpoint": "http://push.example.com/" }),
        json!({ "jwks_uri": format!("{}/no-keys-here", provider.issuer) }),
    ] {
        provider.now().discovery = change;
        refused(
            &app,
            &admin,
            &form(&provider),
            json!({ "issuer": "passed", "discovery": "passed",
            "endpoints": "failed", "credentials": "skipped", "redirect_uri": "skipped", "groups": "skipped" }),
        )
        .await;
    }
}

/// A token that names no key is tried with each of them, whoever sent it.
#[tokio::test]
async fn a_provider_with_more_keys_than_any_has_is_refused() {
    let (_app, provider, admin) = ready().await;
    provider.now().published = vec![0; 65];
    let report = admin.connect(&form(&provider)).await;
    let text = report.text().await.unwrap();
    assert!(text.contains("there are more than 64"), "{text}");
    provider.now().published = vec![0; 64];
    let report = admin.connect(&form(&provider)).await;
    assert_eq!(report.status(), StatusCode::OK);
}

#[tokio::test]
async fn checking_again_asks_the_provider_and_changes_nothing() {
    let (app, provider, admin) = ready().await;
    assert_eq!(admin.post(CONNECTION).await.status(), StatusCode::NOT_FOUND);
    admin.connect(&form(&provider)).await;
    assert_eq!(admin.post(CONNECTION).await.status(), StatusCode::OK);
    provider.now().redirect_uris.clear();
    let answer = admin.post(CONNECTION).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(outcomes(answer).await["redirect_uri"], "failed");
    assert!(app.okta.connection().is_some());
}
