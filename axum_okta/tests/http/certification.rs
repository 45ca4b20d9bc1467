//! What the OpenID Foundation demands of a relying party: a test for each module of its certification plans, with the
//! module's name. After each refusal there is no session.
//! <https://openid.net/certification/connect_rp_testing/>

use axum::body::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use crate::{
    app::{App, Browser, form, location},
    provider::{Behaviour, Provider, Signature},
};

/// Signs in at a provider that behaves in this way.
async fn sign_in(behave: impl FnOnce(&mut Behaviour)) -> (App, Provider, Browser, StatusCode) {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    behave(&mut provider.now());
    let status = browser.sign_in("/").await.status();
    (app, provider, browser, status)
}

async fn succeeds(behave: impl FnOnce(&mut Behaviour)) -> Value {
    let (_app, _provider, browser, status) = sign_in(behave).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    browser.api("/api/identity").await.json().await.unwrap()
}

async fn is_refused(behave: impl FnOnce(&mut Behaviour)) {
    let (_app, _provider, browser, status) = sign_in(behave).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
    assert_eq!(
        browser.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
}

// Basic

#[tokio::test]
async fn oidcc_client_test() {
    assert_eq!(succeeds(|_| {}).await["subject"], "00u1ada");
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    succeeds(|provider| provider.signature = Signature::Key(0)).await;
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let identity = succeeds(|provider| provider.thin = true).await;
    assert_eq!(identity["email"], "ada@example.com");
    assert_eq!(identity["name"], "Ada Lovelace");
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    // The provider takes no other authentication than Basic.
    succeeds(|_| {}).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    succeeds(|provider| provider.kid = false).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    let app = App::start().await;
    let provider = Provider::start(&app.callback()).await;
    provider.now().kid = false;
    provider.now().published = vec![0, 1];
    let browser = app.browser();
    browser.enter_setup_code(crate::app::SETUP_CODE).await;
    browser.connect(&form(&provider)).await;
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    is_refused(|provider| provider.id_token = json!({ "iss": "https://other.okta.com" })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    is_refused(|provider| provider.id_token = json!({ "sub": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_aud() {
    is_refused(|provider| provider.id_token = json!({ "aud": "somebody-else" })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    is_refused(|provider| provider.id_token = json!({ "aud": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    is_refused(|provider| provider.id_token = json!({ "iat": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    is_refused(|provider| provider.id_token = json!({ "nonce": "another" })).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    is_refused(|provider| provider.signature = Signature::Broken).await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    is_refused(|provider| provider.signature = Signature::None).await;
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    is_refused(|provider| {
        provider.thin = true;
        provider.userinfo = json!({ "sub": "00u9mallory" });
    })
    .await;
}

// Form post

/// Posts the callback as the provider's page does: cross-site, so without our cookies.
async fn post_callback(app: &App, browser: &Browser, callback: &str) -> StatusCode {
    let callback = Url::parse(callback).unwrap();
    let posted = app
        .browser()
        .request(Method::POST, callback.path())
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(callback.query().unwrap().to_owned())
        .send()
        .await
        .unwrap();
    browser.page(&location(&posted)).await.status()
}

#[tokio::test]
async fn oidcc_client_test_form_post() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let callback = browser.to_provider_and_back("/").await;
    assert_eq!(
        post_callback(&app, &browser, &callback).await,
        StatusCode::SEE_OTHER
    );
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_form_post_error() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().callback = json!({ "code": null, "error": "access_denied" });
    let callback = browser.to_provider_and_back("/").await;
    assert_eq!(
        post_callback(&app, &browser, &callback).await,
        StatusCode::FORBIDDEN
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn form_post_refuses_what_the_basic_plan_refuses() {
    for (signature, id_token) in [
        (
            Signature::Key(0),
            json!({ "iss": "https://other.okta.com" }),
        ),
        (Signature::Key(0), json!({ "aud": "somebody-else" })),
        (Signature::Key(0), json!({ "nonce": "another" })),
        (Signature::Key(0), json!({ "iat": null })),
        (Signature::Broken, json!({})),
        (Signature::None, json!({})),
    ] {
        let app = App::start().await;
        let (provider, browser) = app.connected().await;
        provider.now().signature = signature;
        provider.now().id_token = id_token.clone();
        let callback = browser.to_provider_and_back("/").await;
        assert_eq!(
            post_callback(&app, &browser, &callback).await,
            StatusCode::BAD_GATEWAY,
            "{id_token}"
        );
        assert!(!browser.is_signed_in().await);
    }
}

// Config

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let (_app, provider, _browser, _status) = sign_in(|_| {}).await;
    assert!(provider.asked("discovery") > 0);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let (_app, provider, _browser, _status) = sign_in(|_| {}).await;
    assert!(provider.asked("keys") > 0);
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let app = app.restart().await;
    provider.now().discovery = json!({ "issuer": "https://other.okta.com" });
    assert_eq!(
        browser.page("/login").await.status(),
        StatusCode::BAD_GATEWAY
    );
    drop(app);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    assert_eq!(
        app.browser().sign_in("/").await.status(),
        StatusCode::SEE_OTHER
    );
    provider.now().published = vec![1];
    provider.now().signature = Signature::Key(1);
    assert_eq!(
        app.browser().sign_in("/").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    provider.now().published = vec![0, 1];
    provider.now().signature = Signature::Key(1);
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
}

// Third-party initiated login

#[tokio::test]
async fn oidcc_client_test_3rd_party_init_login() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let target = format!("{}/protected?tab=2", app.url);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("iss", &provider.issuer)
        .append_pair("target_link_uri", &target)
        .finish();
    let login = browser.page(&format!("/login?{query}")).await;
    let callback = location(&browser.page(&location(&login)).await);
    assert_eq!(location(&browser.page(&callback).await), "/protected?tab=2");
}

#[tokio::test]
async fn third_party_init_login_from_the_dashboard_of_okta_needs_the_issuer_only() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let login = app
        .browser()
        .page(&format!("/login?iss={}", provider.issuer))
        .await;
    assert!(location(&login).starts_with(&provider.issuer));
}

#[tokio::test]
async fn third_party_init_login_of_another_issuer_or_to_another_place_is_refused() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let issuer = &provider.issuer;
    for query in [
        "iss=https://mallory.example.com".to_owned(),
        format!("iss={issuer}&iss={issuer}"),
        format!("iss={issuer}&target_link_uri=https://evil.example/"),
        format!("iss={issuer}&target_link_uri={}.evil.example/", app.url),
        format!("iss={issuer}&target_link_uri=//evil.example/"),
        format!("iss={issuer}&target_link_uri=javascript:alert(1)"),
    ] {
        let answer = app.browser().page(&format!("/login?{query}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

// RP-initiated logout

#[tokio::test]
async fn oidcc_client_test_rp_init_logout() {
    let (_app, provider, browser, _status) = sign_in(|_| {}).await;
    let at_provider = location(&browser.post("/logout").await);
    assert!(
        at_provider.starts_with(&format!("{}/logout?id_token_hint=", provider.issuer)),
        "{at_provider}"
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_invalid_state() {
    let (_app, _provider, browser, _status) = sign_in(|_| {}).await;
    browser.post("/logout").await;
    assert_eq!(
        browser.page("/?state=of-somebody-else").await.status(),
        StatusCode::OK
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_no_state() {
    let (_app, _provider, browser, _status) = sign_in(|_| {}).await;
    browser.post("/logout").await;
    assert_eq!(browser.page("/").await.status(), StatusCode::OK);
    assert!(!browser.is_signed_in().await);
}

// Every request is also checked.

#[tokio::test]
async fn every_request_is_in_order() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let login = app.browser().page("/login").await;
    let request = Url::parse(&location(&login)).unwrap();
    let parameter = |name: &str| {
        let mut values = request
            .query_pairs()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} is there once");
        value
    };
    assert!(
        parameter("scope")
            .unwrap()
            .split(' ')
            .any(|scope| scope == "openid")
    );
    assert_eq!(parameter("redirect_uri").unwrap(), app.callback());
    assert_eq!(parameter("client_id").unwrap(), crate::provider::CLIENT_ID);
    assert_eq!(parameter("access_token"), None);
    assert_eq!(parameter("client_secret"), None);
}

// Beyond the plans

#[tokio::test]
async fn symmetric_algorithms_are_refused_also_where_discovery_offers_them() {
    for signature in [Signature::PublicKeyAsSecret, Signature::ClientSecret] {
        let app = App::start().await;
        let provider = Provider::start(&app.callback()).await;
        provider.now().discovery =
            json!({ "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"] });
        provider.now().signature = signature;
        let browser = app.browser();
        browser.enter_setup_code(crate::app::SETUP_CODE).await;
        assert_eq!(
            browser.connect(&form(&provider)).await.status(),
            StatusCode::OK
        );
        assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_unknown_crit_is_refused() {
    is_refused(|provider| provider.header = json!({ "crit": ["exp-strict"], "exp-strict": true }))
        .await;
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    succeeds(|provider| provider.id_token = json!({ "exp": now - 30 })).await;
    succeeds(|provider| provider.id_token = json!({ "iat": now + 30 })).await;
    is_refused(|provider| provider.id_token = json!({ "exp": now - 90 })).await;
    is_refused(|provider| provider.id_token = json!({ "iat": now + 90 })).await;
}

#[tokio::test]
async fn an_unknown_kid_costs_the_provider_one_request_a_minute() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    app.browser().sign_in("/").await;
    provider.now().header = json!({ "kid": "made-up" });
    let before = provider.asked("keys");
    for _ in 0..5 {
        assert_eq!(
            app.browser().sign_in("/").await.status(),
            StatusCode::BAD_GATEWAY
        );
    }
    assert_eq!(provider.asked("keys"), before + 1);
}

#[tokio::test]
async fn a_provider_that_is_down_at_the_callback_starts_no_session() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    provider.now().discovery_answer =
        Some((StatusCode::BAD_GATEWAY, HeaderMap::new(), Bytes::new()));
    provider.now().token_down = true;
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(!browser.is_signed_in().await);
}
