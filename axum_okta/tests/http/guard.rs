//! The guard: what is refused, how, and who passes.

use axum::{Router, routing::get};
use axum_okta::require_auth;
use http::{Method, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::harness::{App, SECRET_OF_THE_PAGE, cache_control, location};

#[tokio::test]
async fn a_page_request_goes_to_the_sign_in_with_its_address_and_without_a_body() {
    let app = App::start().await;
    let answer = app.browser().page("/protected?tab=2&q=a%20b").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        location(&answer),
        "/login?return_to=%2Fprotected%3Ftab%3D2%26q%3Da%2520b"
    );
    assert_eq!(cache_control(&answer), "no-store");
    assert_eq!(answer.text().await.unwrap(), "");
}

#[tokio::test]
async fn every_other_request_gets_401_as_a_problem() {
    let app = App::start().await;
    let browser = app.browser();
    let post_from_page = browser
        .request(Method::POST, "/protected")
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap();
    for answer in [browser.api("/api/protected").await, post_from_page] {
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        assert_eq!(cache_control(&answer), "no-store");
        let body = answer.text().await.unwrap();
        assert!(!body.contains(SECRET_OF_THE_PAGE));
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["status"], 401);
    }
}

/// Its session ended while it was open: sent again from that page, it arrives.
#[tokio::test]
async fn a_form_that_nobody_is_signed_in_for_gets_a_page_with_the_way_to_send_it_again() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let browser = app.browser();
    let refused = browser.submit("/form", &[("note", "half a thought")]).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(cache_control(&refused), "no-store");
    let page = refused.text().await.unwrap();
    let link = r#"<a href="/login?new_tab=1" target="_blank">"#;
    assert!(page.contains(link), "{page}");

    let login = browser.page("/login?new_tab=1").await;
    let callback = browser.at_provider(&login).await;
    let done = location(&browser.page(&callback).await);
    assert_eq!(done, "/login?new_tab=1");
    let done = browser.page(&done).await;
    assert_eq!(done.status(), StatusCode::OK);
    let page = done.text().await.unwrap();
    assert!(page.contains("Close this tab"), "{page}");

    let sent_again = browser.submit("/form", &[("note", "half a thought")]).await;
    assert_eq!(sent_again.text().await.unwrap(), "note=half+a+thought");
}

#[tokio::test]
async fn a_page_of_the_hosts_own_for_whoever_is_not_signed_in_stays() {
    let app = App::start().await;
    let refused = app.browser().submit("/form-with-own-page", &[]).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(refused.text().await.unwrap(), "<p>Sign in first.</p>");
}

#[tokio::test]
async fn a_made_up_session_cookie_opens_nothing() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for cookie in [
        "okta_session=AAAAAAAAAAAAAAAAAAAAAA",
        "okta_session=x",
        "okta_session=",
        "okta_sign_in_abc=abc",
    ] {
        let answer = app.with_cookies("/api/protected", cookie).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{cookie}");
    }
}

#[tokio::test]
async fn headers_that_claim_an_identity_open_nothing() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for (name, value) in [
        ("x-forwarded-user", "ada"),
        ("x_forwarded_user", "ada"),
        ("x-forwarded-uri", "/"),
        ("x-original-url", "/"),
        ("authorization", "Bearer an-access-token"),
    ] {
        let request = app
            .browser()
            .request(Method::GET, "/api/protected")
            .header(name, value);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::UNAUTHORIZED,
            "{name}"
        );
    }
}

#[tokio::test]
async fn whoever_is_signed_in_passes_and_nothing_of_it_is_cached() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    for path in ["/protected", "/api/protected"] {
        let answer = browser.page(path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(cache_control(&answer), "no-store");
        assert_eq!(answer.text().await.unwrap(), SECRET_OF_THE_PAGE);
    }
    // Nobody asked who is signed in: the host's own caching stays as it is.
    assert_eq!(cache_control(&browser.page("/").await), "");
}

#[tokio::test]
async fn without_the_layer_everything_is_refused() {
    let app = Router::<()>::new().route(
        "/",
        get(|| async { SECRET_OF_THE_PAGE }).layer(require_auth()),
    );
    let request = http::Request::get("/")
        .header(header::ACCEPT, "text/html")
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = app.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn an_expired_session_opens_nothing() {
    let app = App::start_with(|builder| builder.session_lifetime(std::time::Duration::ZERO)).await;
    let (_provider, browser) = app.connected().await;
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(!browser.is_signed_in().await);
    assert_eq!(
        browser.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
}
