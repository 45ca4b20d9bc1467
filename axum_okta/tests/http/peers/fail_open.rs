//! A configuration error opened what it should have closed.

use http::StatusCode;

use crate::harness::App;

#[tokio::test]
async fn with_a_wrong_key_no_session_of_before_opens_anything() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    assert!(browser.is_signed_in().await);
    let other_key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let app = app
        .restart_with(|builder| builder.encryption_key(other_key))
        .await;
    let answer = browser.page("/protected").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        browser.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        browser.api("/api/identity").await.status(),
        StatusCode::UNAUTHORIZED
    );
    // With the right one back, nothing is lost.
    let app = app.restart().await;
    assert!(browser.is_signed_in().await);
    drop(app);
}
