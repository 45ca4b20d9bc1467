//! Another site of the same domain set a second cookie of our name.

use http::StatusCode;

use crate::harness::{App, attempt_cookie, grace, session_id};

#[tokio::test]
async fn cookies_of_our_names_that_contradict_each_other_are_nobodys() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let ada = session_id(&browser.sign_in("/").await);
    provider.now().person = grace();
    let grace = session_id(&app.browser().sign_in("/").await);
    for cookies in [
        format!("okta_session={ada}; okta_session={grace}"),
        format!("okta_session={grace}; okta_session={ada}"),
        format!("okta_session={ada}; okta_session="),
        format!("okta_session=x; okta_session={ada}"),
        format!("okta%5fsession={ada}"),
        "okta_session=x; ".repeat(900) + &format!("okta_session={ada}"),
    ] {
        let answer = app.with_cookies("/api/identity", &cookies).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{cookies}");
    }
    // The same twice is no contradiction, and a disguise takes nothing away.
    for cookies in [
        format!("okta_session={ada}; okta_session={ada}"),
        format!("okta%5fsession={grace}; okta_session={ada}; okta_sess%69on={grace}"),
    ] {
        let subject = app.subject_with(&cookies).await;
        assert_eq!(subject, "00u1ada", "{cookies}");
    }
}

#[tokio::test]
async fn a_second_cookie_of_a_sign_in_finishes_none() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let attacker = app.browser();
    let login = attacker.page("/login").await;
    let (name, planted) = attempt_cookie(&login);
    let callback = attacker.at_provider(&login).await;
    let (_, own) = attempt_cookie(&app.browser().page("/login").await);
    let disguised = name.replace("okta_", "okta%5F");
    for cookies in [
        format!("{name}={own}; {name}={planted}"),
        format!("{name}={planted}; {name}={own}"),
        format!("{name}={own}; {disguised}={planted}"),
    ] {
        let answer = app.with_cookies(&callback, &cookies).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{cookies}");
    }
}
