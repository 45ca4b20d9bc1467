//! Signing in.

use axum_okta::connection::ClientAuthentication;
use http::StatusCode;
use serde_json::json;

use super::{bound, connected, ready, refusal};
use crate::harness::{Authentication, Nonce, ada, form, location, parameter, parameters};

/// The provider checks each proof, and that userinfo is asked for with one.
#[tokio::test]
async fn a_sign_in_proves_that_this_app_has_the_key() {
    let (app, provider, _admin) = connected().await;
    provider.now().thin = true;
    let browser = app.signed_in(&provider, ada()).await;
    assert_eq!(browser.identity().await["name"], "Ada Lovelace");
    assert_eq!(provider.asked("userinfo"), 1);
    let sent = provider.now().token_request.clone().unwrap();
    assert_eq!(sent.headers.get_all("dpop").iter().count(), 1);
}

#[tokio::test]
async fn the_code_is_for_whoever_has_the_key() {
    let (app, _provider, _admin) = connected().await;
    let login = async || location(&app.browser().page("/login").await);
    let named = parameter(&login().await, "dpop_jkt");
    // A SHA-256 in base64url, of the same key each time.
    assert_eq!(named.len(), 43);
    assert_eq!(parameter(&login().await, "dpop_jkt"), named);

    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    let unbound = location(&app.browser().page("/login").await);
    assert!(!parameters(&unbound).contains_key("dpop_jkt"));
}

#[tokio::test]
async fn a_pushed_request_names_the_key() {
    let (app, provider, admin) = ready().await;
    let endpoint = format!("{}/par", provider.issuer);
    provider.now().discovery["pushed_authorization_request_endpoint"] = json!(endpoint);
    provider.now().dpop.demanded = true;
    provider.now().only_pushed = true;
    let mut form = bound(&provider);
    form.options.pushed_requests = true;
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
    assert!(provider.asked("push") > 0);
}

/// No assertion counts twice, also where the provider asks for its nonce only after it has seen one.
#[tokio::test]
async fn a_request_that_is_sent_again_authenticates_anew() {
    let (app, provider, admin) = ready().await;
    let keys = app.browser().page("/api/okta/connections/okta/keys").await;
    provider.now().client_keys = keys.json().await.unwrap();
    provider.now().authentication = Authentication::Key;
    provider.now().dpop.demanded = true;
    provider.now().dpop.nonce = Nonce::This("first");
    let mut form = bound(&provider);
    form.client_secret = String::new();
    form.options.client_authentication = ClientAuthentication::PrivateKeyJwt;
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
    provider.now().dpop.nonce = Nonce::This("second");
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
}

#[tokio::test]
async fn a_token_that_is_not_bound_ends_the_sign_in() {
    let (app, provider, admin) = connected().await;
    provider.now().token = json!({ "token_type": "dPoP" });
    assert!(app.signed_in(&provider, ada()).await.is_signed_in().await);
    for token_type in ["Bearer", "mac", ""] {
        provider.now().token = json!({ "token_type": token_type });
        let browser = app.browser();
        let answer = browser.sign_in("/").await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await, "{token_type}");
        let detail = refusal(&admin).await;
        assert!(detail.contains("its token_type is not DPoP"), "{detail}");
        assert!(detail.contains("Bind tokens to this app (DPoP)"));
    }
}

#[tokio::test]
async fn a_provider_that_demands_a_proof_gives_nothing_without_one() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    provider.now().dpop.demanded = true;
    let browser = app.browser();
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    let detail = refusal(&admin).await;
    assert!(detail.contains("invalid_dpop_proof"), "{detail}");
}
