//! `private_key_jwt`: this app proves with a signature that it is the client.

use axum_okta::connection::{ClientAuthentication, ConnectionForm};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{App, Authentication, Browser, Provider, ada, form_with, outcomes};

const KEYS: &str = "/api/okta/connections/okta/keys";

/// An app that may be connected, at a provider that knows its keys.
async fn ready() -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    provider.now().authentication = Authentication::Key;
    provider.now().client_keys = keys(&app).await;
    (app, provider, admin)
}

/// As Okta fetches them: without a session.
async fn keys(app: &App) -> Value {
    let answer = app.browser().page(KEYS).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = &answer.headers()[header::CONTENT_TYPE];
    assert_eq!(kind, "application/jwk-set+json");
    answer.json().await.unwrap()
}

/// Without a secret.
fn by_key(provider: &Provider) -> ConnectionForm {
    form_with(provider, |form| {
        form.client_secret = String::new();
        form.options.client_authentication = ClientAuthentication::PrivateKeyJwt;
    })
}

async fn connected() -> (App, Provider, Browser) {
    let (app, provider, admin) = ready().await;
    let answer = admin.connect(&by_key(&provider)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    admin.sign_in("/").await;
    (app, provider, admin)
}

async fn rotate(admin: &Browser, kid: &Value) -> StatusCode {
    let request = admin.request(Method::POST, KEYS);
    let request = request.json(&json!({ "kid": kid }));
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn a_signature_connects_signs_in_and_refreshes_without_a_secret() {
    let (app, provider, admin) = ready().await;
    let mut form = by_key(&provider);
    form.options.refresh_tokens = true;
    let connected = admin.connect(&form).await;
    assert_eq!(outcomes(connected).await["credentials"], "passed");
    provider.now().expires_in = 0;
    let browser = app.signed_in(&provider, ada()).await;
    let before = provider.asked("token");
    provider.now().expires_in = 3600;
    assert!(browser.is_signed_in().await);
    provider.until_asked("token", before + 1).await;
    let sent = provider.now().token_request.clone().unwrap();
    assert!(!sent.headers.contains_key(header::AUTHORIZATION));
    let fields = sent.fields();
    assert!(fields.iter().all(|(name, _)| name != "client_secret"));
    assert!(browser.is_signed_in().await, "the provider accepted it");
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_keys_is_not_connected() {
    let (_app, provider, admin) = ready().await;
    provider.now().client_keys = json!({ "keys": [] });
    let answer = admin.connect(&by_key(&provider)).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("Use a URL to fetch keys dynamically"),
        "{text}"
    );
}

#[tokio::test]
async fn where_the_token_endpoint_has_another_origin_the_issuer_is_the_audience() {
    let (_app, provider, admin) = ready().await;
    let elsewhere = provider.issuer.replace("127.0.0.1", "localhost");
    provider.now().discovery = json!({ "token_endpoint": format!("{elsewhere}/token") });
    // This provider accepts nothing but its own address.
    let answer = admin.connect(&by_key(&provider)).await;
    assert_eq!(outcomes(answer).await["credentials"], "failed");
    let sent = provider.now().token_request.clone().unwrap();
    let fields = sent.fields();
    let assertion = fields.iter().find(|(name, _)| name == "client_assertion");
    assert_eq!(claims(&assertion.unwrap().1)["aud"], provider.issuer);
}

fn claims(jwt: &str) -> Value {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    let payload = jwt.split('.').nth(1).unwrap();
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs_and_the_last_one_a_while_after() {
    let (app, provider, admin) = connected().await;
    let before = keys(&app).await;
    let [in_use, next] = [0, 1].map(|index| before["keys"][index]["kid"].clone());
    assert_eq!(before["keys"].as_array().unwrap().len(), 2);

    assert_eq!(rotate(&admin, &in_use).await, StatusCode::NO_CONTENT);
    // The provider has not fetched them again.
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
    let after = keys(&app).await;
    let ids = after["keys"].as_array().unwrap().iter();
    let ids: Vec<&Value> = ids.map(|key| &key["kid"]).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!((ids[0], ids[2]), (&next, &in_use));

    assert_eq!(
        rotate(&admin, &in_use).await,
        StatusCode::CONFLICT,
        "somebody has rotated it"
    );
    let newest = admin.audit().await;
    let events = newest.as_array().unwrap().iter();
    let rotated = events.filter(|entry| entry["event"] == "client_key_rotated");
    assert_eq!(rotated.count(), 1);
}

#[tokio::test]
async fn only_an_admin_rotates_and_nobody_sees_a_private_half() {
    let (app, _provider, admin) = connected().await;
    let published = keys(&app).await;
    for key in published["keys"].as_array().unwrap() {
        let members: Vec<&str> = key
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
    let in_use = &published["keys"][0]["kid"];
    assert_eq!(
        rotate(&app.browser(), in_use).await,
        StatusCode::UNAUTHORIZED
    );
    // Whether there is another connection is not for everybody; its keys would be others.
    let other: Value = admin.json("/api/okta/connections/other/keys").await;
    assert_ne!(other, published);
    let odd = admin.page("/api/okta/connections/Other/keys").await;
    assert_eq!(odd.status(), StatusCode::NOT_FOUND);
    assert_eq!(keys(&app).await, published);
}

#[tokio::test]
async fn keys_outlive_a_restart_and_are_others_with_another_encryption_key() {
    let (app, _provider, _admin) = connected().await;
    let before = keys(&app).await;
    let app = app.restart().await;
    assert_eq!(keys(&app).await, before);
    assert_ne!(keys(&App::start().await).await, before);
}
