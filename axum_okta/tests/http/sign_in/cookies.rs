//! The cookies that a sign-in sets.

use http::{StatusCode, header};

use crate::harness::{App, SETUP_CODE, session_id};

#[tokio::test]
async fn the_session_id_is_new_after_signing_in() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let planted = browser.try_setup_code(SETUP_CODE).await;
    let before = session_id(&planted);
    let after = session_id(&browser.sign_in("/").await);
    assert_ne!(before, after);
    let answer = app.with_session("/api/identity", &before).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookies_are_out_of_reach_for_scripts_and_other_sites() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let login = browser.page("/login").await;
    let done = browser.sign_in("/").await;
    for answer in [login, done] {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly")
                    && cookie.contains("SameSite=Lax")
                    && cookie.contains("Path=/"),
                "{cookie}"
            );
            assert!(
                !cookie.contains("Secure") && !cookie.contains("Domain"),
                "{cookie}"
            );
        }
    }
}

#[tokio::test]
async fn behind_https_the_cookies_are_secure_and_bound_to_the_host() {
    let app = App::start_with(|builder| builder.base_url("https://app.example.com")).await;
    let answer = app.browser().try_setup_code(SETUP_CODE).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-okta_session="), "{cookie}");
    assert!(
        cookie.contains("Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
}
