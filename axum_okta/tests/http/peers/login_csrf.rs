//! Somebody was signed in by a sign-in that they had not started.

use http::StatusCode;
use url::Url;

use crate::harness::{App, attempt_cookie, session_id};

#[tokio::test]
async fn what_a_sign_in_under_way_knows_is_no_session() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let login = browser.page("/login").await;
    let (name, of_browser) = attempt_cookie(&login);
    let callback = Url::parse(&browser.at_provider(&login).await).unwrap();
    for (_, value) in callback
        .query_pairs()
        .chain([("".into(), of_browser.into())])
    {
        for cookies in [format!("okta_session={value}"), format!("{name}={value}")] {
            let answer = app.with_cookies("/api/protected", &cookies).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{cookies}");
        }
    }
}

#[tokio::test]
async fn a_session_is_no_proof_of_having_started_a_sign_in() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let attacker = app.browser();
    let login = attacker.page("/login").await;
    let (name, _) = attempt_cookie(&login);
    let callback = attacker.at_provider(&login).await;
    let (_, of_another_sign_in) = attempt_cookie(&app.browser().page("/login").await);
    for cookies in [
        format!("okta_session={session}"),
        format!("okta_session={session}; {name}={session}"),
        format!("{name}="),
        format!("{name}={}", "A".repeat(400)),
        format!("{name}={of_another_sign_in}"),
    ] {
        let answer = app.with_cookies(&callback, &cookies).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{cookies}");
    }
}
