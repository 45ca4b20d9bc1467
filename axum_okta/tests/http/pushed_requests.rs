//! RFC 9126: this app sends its authorization requests to the provider itself.

use axum_okta::connection::ClientAuthentication;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::harness::{App, Authentication, Browser, Provider, ada, form_with, location, outcomes};

/// An app that may be connected, and a provider that offers pushed requests.
async fn ready() -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let endpoint = format!("{}/par", provider.issuer);
    provider.now().discovery = json!({ "pushed_authorization_request_endpoint": endpoint });
    (app, provider, admin)
}

async fn connected() -> (App, Provider, Browser) {
    let (app, provider, admin) = ready().await;
    provider.now().only_pushed = true;
    let form = form_with(&provider, |form| form.options.pushed_requests = true);
    let answer = admin.connect(&form).await;
    assert_eq!(outcomes(answer).await["redirect_uri"], "passed");
    admin.sign_in("/").await;
    (app, provider, admin)
}

#[tokio::test]
async fn the_browser_carries_nothing_but_a_reference() {
    let (app, provider, _admin) = connected().await;
    let login = location(&app.browser().page("/login").await);
    let address = url::Url::parse(&login).unwrap();
    let names: Vec<_> = address.query_pairs().map(|(name, _)| name).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
}

#[tokio::test]
async fn requests_are_pushed_where_the_provider_demands_it_and_not_only_because_it_could() {
    let (app, provider, admin) = ready().await;
    let form = form_with(&provider, |_| {});
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    assert_eq!(provider.asked("push"), 0);
    provider.now().discovery["require_pushed_authorization_requests"] = json!(true);
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
    assert!(provider.asked("push") > 0);
}

#[tokio::test]
async fn the_client_authenticates_as_at_the_token_endpoint() {
    for (way, authentication) in [
        (
            ClientAuthentication::ClientSecretBasic,
            Authentication::Basic,
        ),
        (ClientAuthentication::ClientSecretPost, Authentication::Post),
        (ClientAuthentication::PrivateKeyJwt, Authentication::Key),
    ] {
        let (app, provider, admin) = ready().await;
        let keys = app.browser().page("/api/okta/connections/okta/keys").await;
        provider.now().client_keys = keys.json().await.unwrap();
        provider.now().authentication = authentication;
        let form = form_with(&provider, |form| {
            form.options.pushed_requests = true;
            form.options.client_authentication = way;
        });
        let answer = admin.connect(&form).await;
        assert_eq!(answer.status(), StatusCode::OK, "{way:?}");
        assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_refused_push_is_a_failed_check_in_the_words_of_the_provider() {
    let (_app, provider, admin) = ready().await;
    let refusal =
        json!({ "error": "invalid_request", "error_description": "Unknown redirect_uri" });
    let refusal = Bytes::from(refusal.to_string());
    provider.now().push_answer = Some((StatusCode::BAD_REQUEST, HeaderMap::new(), refusal));
    let form = form_with(&provider, |form| form.options.pushed_requests = true);
    let answer = admin.connect(&form).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text().await.unwrap();
    assert!(text.contains("“Unknown redirect_uri”"), "{text}");
}

#[tokio::test]
async fn a_push_that_fails_never_becomes_a_request_through_the_browser() {
    let html = Bytes::from_static(b"<h1>502</h1>");
    for (status, body) in [
        (StatusCode::BAD_GATEWAY, html.clone()),
        (StatusCode::CREATED, html),
        (StatusCode::CREATED, Bytes::from_static(b"{}")),
        (
            StatusCode::BAD_REQUEST,
            Bytes::from_static(b"{\"error\":\"invalid_client\"}"),
        ),
    ] {
        let (app, provider, _admin) = connected().await;
        provider.now().push_answer = Some((status, HeaderMap::new(), body));
        let before = provider.asked("authorize");
        let answer = app.browser().page("/login").await;
        assert!(answer.status().is_server_error(), "{}", answer.status());
        assert_eq!(provider.asked("authorize"), before);
    }
    // The offer is gone.
    let (app, provider, _admin) = connected().await;
    provider.now().discovery = json!({});
    let app = app.restart().await;
    let answer = app.browser().page("/login").await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
}
