//! Back-channel logout, beyond the certification's modules.

use http::StatusCode;
use serde_json::json;

use super::{People, on_postgres, post_logout_token};
use crate::harness::{App, Log, session_id};

#[tokio::test]
async fn a_token_about_a_person_ends_all_of_their_sessions() {
    let people = People::signed_in().await;
    let token = people.provider.logout_token("00u1ada", |_| {});
    let answer = post_logout_token(&people.app, &token).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(people.are_signed_in().await, [false, false, true]);
    let entry = people.newest_entry().await;
    let expected = ["back_channel_logout", "okta", "00u1ada: 2 sessions ended"];
    assert_eq!(entry, expected);
}

#[tokio::test]
async fn a_token_about_a_session_ends_that_one() {
    let people = People::signed_in().await;
    for sub in [json!("00u1ada"), json!(null)] {
        let token = people.provider.logout_token("00u1ada", |token| {
            token.claim(&json!({ "sid": "second sid of ada", "sub": sub }));
        });
        let answer = post_logout_token(&people.app, &token).await;
        // Also once there is no such session any more: whoever asked wanted it gone.
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(people.are_signed_in().await, [true, false, true]);
    }
}

#[tokio::test]
async fn a_token_counts_once_on_every_server() {
    let on = on_postgres().await;
    let one = App::start_with(on.clone()).await;
    let (provider, admin) = one.connected().await;
    admin.sign_in("/").await;
    let other = App::start_with(on).await;
    let token = provider.logout_token("00u1ada", |_| {});
    let first = post_logout_token(&one, &token).await;
    assert_eq!(first.status(), StatusCode::OK);
    assert!(!admin.is_signed_in().await);
    let session = session_id(&admin.sign_in("/").await);
    for app in [&one, &other] {
        let again = post_logout_token(app, &token).await;
        assert_eq!(again.status(), StatusCode::BAD_REQUEST);
        let identity = app.with_session("/api/identity", &session).await;
        assert_eq!(identity.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn what_lacks_a_claim_is_refused() {
    let people = People::signed_in().await;
    for missing in ["iss", "aud", "iat", "exp", "jti", "events", "sub"] {
        let token = people.provider.logout_token("00u1ada", |token| {
            token.claim(&json!({ missing: null }));
        });
        let answer = post_logout_token(&people.app, &token).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{missing}");
    }
    for event in [json!("a text"), json!([]), json!(null), json!(true)] {
        let token = people.provider.logout_token("00u1ada", |token| {
            token.claims["events"]["http://schemas.openid.net/event/backchannel-logout"] = event;
        });
        let answer = post_logout_token(&people.app, &token).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn the_type_may_be_left_out_and_is_no_other() {
    for (typ, status) in [
        (json!(null), StatusCode::OK),
        (json!("JWT"), StatusCode::OK),
        (json!("application/logout+jwt"), StatusCode::OK),
        (json!("LOGOUT+JWT"), StatusCode::OK),
        (json!("at+jwt"), StatusCode::BAD_REQUEST),
        (
            json!("global-token-revocation+jwt"),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let people = People::signed_in().await;
        let token = people.provider.logout_token("00u1ada", |token| {
            token.header = json!({ "typ": typ });
        });
        let answer = post_logout_token(&people.app, &token).await;
        assert_eq!(answer.status(), status, "{typ}");
        let stays = status != StatusCode::OK;
        assert_eq!(people.are_signed_in().await, [stays, stays, true]);
    }
}

/// An ID token passes through the browser, and access tokens reach other servers.
#[tokio::test]
async fn a_token_for_something_else_ends_nothing() {
    let people = People::signed_in().await;
    let id_token = people.provider.now().last_id_token.clone().unwrap();
    let revocation = super::revocation_token(&people.app, &people.provider, |_| {});
    for other in [id_token, revocation] {
        let answer = post_logout_token(&people.app, &other).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
}

#[tokio::test]
async fn a_form_that_is_none_is_refused() {
    let people = People::signed_in().await;
    let token = people.provider.logout_token("00u1ada", |_| {});
    let twice = [("logout_token", token.as_str()), ("logout_token", &token)];
    let browser = people.app.browser();
    for form in [&twice[..], &[], &[("token", token.as_str())]] {
        let answer = browser.submit("/backchannel-logout", form).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(people.are_signed_in().await, [true, true, true]);
    let by_get = browser
        .page(&format!("/backchannel-logout?logout_token={token}"))
        .await;
    assert_eq!(by_get.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_log_tells_no_token() {
    let people = People::signed_in().await;
    let log = Log::default();
    let _listening = log.listen("trace");
    let token = people.provider.logout_token("00u1ada", |_| {});
    post_logout_token(&people.app, &token).await;
    post_logout_token(&people.app, &token).await;
    assert!(log.text().contains("its token was used before"));
    assert!(!log.text().contains(token.split('.').nth(1).unwrap()));
}
