//! The plan for third-party initiated login.

use http::StatusCode;

use crate::harness::{App, location};

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
    let callback = browser.at_provider(&login).await;
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
