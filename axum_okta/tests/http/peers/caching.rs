//! The page went out with the redirect, or stayed in a cache.

use crate::harness::{App, CONNECTION, cache_control, raw, status};

#[tokio::test]
async fn a_redirect_to_the_sign_in_carries_no_page_whoever_wrote_it() {
    let app = App::start().await;
    for accept in ["text/html", "*/*"] {
        let answer = raw(
            &app,
            "GET /sends-to-sign-in HTTP/1.1",
            &[("accept", accept)],
        )
        .await;
        assert_eq!(status(&answer), "303");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "");
        let head = head.to_lowercase();
        assert!(head.contains("cache-control: no-store"), "{head}");
        assert!(!head.contains("content-type"), "{head}");
    }
}

#[tokio::test]
async fn no_answer_of_a_sign_in_is_kept_by_a_cache() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let login = browser.page("/login").await;
    let callback = browser.at_provider(&login).await;
    let done = browser.page(&callback).await;
    let again = browser.page(&callback).await;
    let identity = browser.api("/api/identity").await;
    let settings = browser.api(CONNECTION).await;
    let refused = app.browser().api("/api/identity").await;
    let logout = browser.post("/logout").await;
    for answer in [login, done, again, identity, settings, refused, logout] {
        assert_eq!(cache_control(&answer), "no-store", "{}", answer.url());
    }
}
