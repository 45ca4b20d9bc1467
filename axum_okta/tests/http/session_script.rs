//! The script that tells an open page when its session ends. What it does is seen in a browser:
//! `end2end/tests/way/session-notice.spec.ts`.

use http::{StatusCode, header};

use crate::harness::{App, cache_control};

#[tokio::test]
async fn the_script_is_the_same_for_everybody_and_may_be_kept() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let path = app.okta.session_script_path();
    let mut texts = Vec::new();
    for somebody in [browser, app.browser()] {
        let answer = somebody.api(path).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(cache_control(&answer), "max-age=3600");
        let headers = answer.headers();
        assert_eq!(
            headers[header::CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        texts.push(answer.text().await.unwrap());
    }
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].contains("BroadcastChannel"));
}
