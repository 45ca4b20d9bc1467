//! The plan for third-party initiated login.

use http::{Method, StatusCode, header};
use reqwest::Response;

use crate::harness::{App, Browser, SECRET_OF_THE_PAGE, grace, location, parameter, parameters};

/// Posts the sign-in as a portal's page does: cross-site, so without our cookies.
async fn posted(app: &App, path: &str, form: &[(&str, &str)]) -> Response {
    app.browser()
        .request(Method::POST, path)
        .header("sec-fetch-site", "cross-site")
        .header(header::ORIGIN, "https://portal.example.com")
        .form(form)
        .send()
        .await
        .unwrap()
}

async fn to_okta(browser: &Browser, path: &str) -> String {
    location(&browser.page(path).await)
}

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

#[tokio::test]
async fn third_party_init_login_passes_the_login_hint_on() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let login = format!("/login?iss={}", provider.issuer);
    let asked = to_okta(
        &browser,
        &format!("{login}&login_hint=ada%2Bx%40example.com"),
    )
    .await;
    assert_eq!(parameter(&asked, "login_hint"), "ada+x@example.com");
    // None, an empty one, and one that would not fit into a request.
    let long = "a".repeat(513);
    for hint in ["", "&login_hint=", &format!("&login_hint={long}")] {
        let asked = to_okta(&browser, &format!("{login}{hint}")).await;
        assert!(asked.starts_with(&provider.issuer), "{asked}");
        assert!(!parameters(&asked).contains_key("login_hint"), "{hint}");
    }
    let twice = browser
        .page(&format!("{login}&login_hint=a&login_hint=b"))
        .await;
    assert_eq!(twice.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn third_party_init_login_may_be_posted_from_another_site() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let target = format!("{}/protected", app.url);
    let form = [
        ("iss", provider.issuer.as_str()),
        ("login_hint", "ada@example.com"),
        ("target_link_uri", &target),
        ("return_to", "/elsewhere"),
    ];
    let posted_login = posted(&app, "/login", &form).await;
    assert_eq!(posted_login.status(), StatusCode::SEE_OTHER);
    let login = browser.page(&location(&posted_login)).await;
    assert_eq!(
        parameter(&location(&login), "login_hint"),
        "ada@example.com"
    );
    let callback = browser.at_provider(&login).await;
    assert_eq!(location(&browser.page(&callback).await), "/protected");
    assert!(browser.is_signed_in().await);

    // What a GET refuses, a POST does not get past.
    let form = [("iss", "https://mallory.example.com")];
    let to_another = location(&posted(&app, "/login", &form).await);
    let refused = app.browser().page(&to_another).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn third_party_init_login_is_all_that_another_site_may_post() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for path in ["/logout", "/protected", "/login/", "/anything"] {
        let answer = posted(&app, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    // It signs nobody in or out by itself, and sets no cookie.
    let answer = posted(&app, "/login", &[("return_to", "/protected")]).await;
    assert_eq!(location(&answer), "/login?");
    assert!(answer.headers().get(header::SET_COOKIE).is_none());
    assert!(!answer.text().await.unwrap().contains(SECRET_OF_THE_PAGE));
}

#[tokio::test]
async fn third_party_init_login_asks_okta_also_while_somebody_is_signed_in() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    provider.now().person = grace();
    let login = browser
        .page(&format!("/login?iss={}", provider.issuer))
        .await;
    let callback = browser.at_provider(&login).await;
    browser.page(&callback).await;
    assert_eq!(browser.subject().await, "00u2grace");
    // A link of the app's own leads straight to the page.
    let own = browser.page("/login?return_to=/protected").await;
    assert_eq!(location(&own), "/protected");
}
