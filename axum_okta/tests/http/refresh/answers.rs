//! Answers that refuse, and answers that can't be used.

use http::StatusCode;

use super::{Stage, refreshed, until};
use crate::harness::{App, Instead, ada, form_with};

#[tokio::test]
async fn a_refusal_ends_the_session_and_the_audit_trail_says_why() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().refreshing.revoke_all();
    let detail = stage.until_ended(&browser).await;
    assert!(detail.contains("invalid_grant"), "{detail}");
    let page = browser.page("/protected").await;
    assert_eq!(page.status(), StatusCode::SEE_OTHER, "to the sign-in");
    browser.sign_in("/").await;
    assert!(browser.is_signed_in().await);
}

/// Whatever was answered, Okta has said nothing about the person, and is asked again. Where the
/// token was replaced meanwhile, the former one is used within Okta's grace.
#[tokio::test]
async fn an_answer_that_cannot_be_used_ends_nothing() {
    const HTML: &str = "<!doctype html><title>Maintenance</title>";
    for instead in [
        Instead::Words(StatusCode::OK, HTML),
        Instead::Words(StatusCode::OK, "{"),
        Instead::Words(StatusCode::BAD_GATEWAY, HTML),
        Instead::Words(StatusCode::NOT_FOUND, HTML),
        Instead::Words(StatusCode::TOO_MANY_REQUESTS, ""),
        Instead::Words(StatusCode::BAD_REQUEST, r#"{"error":"invalid_client"}"#),
        Instead::Words(StatusCode::BAD_REQUEST, r#"{"error":"invalid_scope"}"#),
        Instead::CutOff,
    ] {
        let stage = Stage::start().await;
        let browser = stage.signed_in_with_expired_token().await;
        stage.provider.now().refreshing.instead = instead;
        until(async || {
            assert!(browser.is_signed_in().await);
            stage.provider.asked("refresh") > 0
        })
        .await;
        // The token is said to be out of reach, and not asked for again at once.
        let token = browser.api("/access-token").await;
        assert_eq!(token.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(browser.is_signed_in().await);
        assert_eq!(stage.provider.asked("refresh"), 1);
        // Another server has not been told to wait.
        stage.provider.now().refreshing.instead = Instead::Nothing;
        let app = stage.app.restart().await;
        until(async || {
            let token = browser.api("/access-token").await;
            token.status() == StatusCode::OK
        })
        .await;
        drop(app);
    }
}

#[tokio::test]
async fn a_slow_answer_holds_up_nobody_for_long_and_counts_when_it_comes() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().token_delay = std::time::Duration::from_millis(500);
    assert!(browser.is_signed_in().await);
    assert_eq!(stage.provider.asked("rotated"), 0);
    refreshed(&stage.provider, &browser).await;
    assert!(browser.is_signed_in().await);
}

/// Once the grace is over, being unsure means no.
#[tokio::test]
async fn without_an_answer_the_session_ends_when_the_grace_does() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let form = form_with(&provider, |form| {
        form.options.refresh_tokens = true;
        form.options.recheck_seconds = 1;
    });
    admin.connect(&form).await;
    let browser = app.signed_in(&provider, ada()).await;
    provider.now().token_down = true;
    until(async || !browser.is_signed_in().await).await;
    assert!(provider.asked("token") > 1, "it was asked");
    provider.now().token_down = false;
    admin.sign_in("/").await;
    let newest = admin.audit().await;
    let ended = newest.as_array().unwrap().iter();
    let ended: Vec<_> = ended
        .filter(|entry| entry["event"] == "session_ended")
        .collect();
    assert_eq!(ended.len(), 1, "{newest}");
    let detail = ended[0]["detail"].as_str().unwrap();
    assert!(detail.contains("has not answered since"), "{detail}");
}

/// What only waits makes no request, and Okta is asked all the same.
#[tokio::test]
async fn a_long_connection_goes_on_while_okta_confirms_and_ends_when_it_refuses() {
    let app = App::start().await;
    let (provider, admin) = app.ready_to_connect().await;
    let form = form_with(&provider, |form| {
        form.options.refresh_tokens = true;
        form.options.recheck_seconds = 1;
    });
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    let browser = app.signed_in(&provider, ada()).await;
    let waiting = browser.api("/until-ended");
    let refused = async {
        until(async || provider.asked("rotated") > 0).await;
        provider.now().refreshing.revoke_all();
    };
    let (ended, ()) = tokio::join!(waiting, refused);
    assert_eq!(ended.text().await.unwrap(), "ended");
    assert!(!browser.is_signed_in().await);
}
