//! What an app's own code gets.

use futures::future::join_all;
use http::StatusCode;

use super::Stage;
use crate::harness::{ACCESS_TOKEN, App, ada};

#[tokio::test]
async fn of_callers_at_once_one_refreshes_and_the_others_wait() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    let asking = (0..50).map(|_| browser.api("/access-token"));
    for answer in join_all(asking).await {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.text().await.unwrap(), format!("{ACCESS_TOKEN}-1"));
    }
    assert_eq!(stage.provider.asked("refresh"), 1);
}

#[tokio::test]
async fn a_token_that_is_good_is_given_as_it_is() {
    let stage = Stage::start().await;
    let browser = stage.app.signed_in(&stage.provider, ada()).await;
    let answer = browser.api("/access-token").await;
    assert_eq!(answer.text().await.unwrap(), ACCESS_TOKEN);
    assert_eq!(stage.provider.asked("refresh"), 0);
}

#[tokio::test]
async fn whoever_gets_none_is_told_why() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let stranger = app.browser().api("/access-token").await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    let browser = app.signed_in(&provider, ada()).await;
    let not_offered = browser.api("/access-token").await;
    assert_eq!(not_offered.status(), StatusCode::NOT_IMPLEMENTED);
    let words = not_offered.text().await.unwrap();
    assert!(words.contains("Switch on refresh tokens"), "{words}");

    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().refreshing.revoke_all();
    let ended = browser.api("/access-token").await;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED);
    assert!(!browser.is_signed_in().await);
}
