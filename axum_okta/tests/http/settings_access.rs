//! Who may open the settings.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::harness::{
    App, Browser, CONNECTION, Log, Provider, SETUP_CODE, ada, form, grace, session_id,
};

async fn may_open_settings(browser: &Browser) -> bool {
    match browser.api(CONNECTION).await.status() {
        StatusCode::OK | StatusCode::NOT_FOUND => true,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => false,
        other => panic!("unexpected {other}"),
    }
}

#[tokio::test]
async fn without_a_setup_code_nothing_can_be_seen_or_changed() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let stranger = app.browser();
    for method in [Method::GET, Method::DELETE, Method::POST] {
        let answer = stranger
            .request(method.clone(), CONNECTION)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method}");
    }
    assert_eq!(
        stranger.connect(&form(&provider)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert!(app.okta.connection().is_some());
}

#[tokio::test]
async fn a_wrong_setup_code_is_refused_and_attempts_are_limited() {
    let app = App::start().await;
    let browser = app.browser();
    assert_eq!(
        browser.try_setup_code("wrong").await.status(),
        StatusCode::FORBIDDEN
    );
    let mut attempts = 1;
    while browser.try_setup_code("wrong").await.status() != StatusCode::TOO_MANY_REQUESTS {
        attempts += 1;
        assert!(attempts < 20, "ten, and what a slow machine adds");
    }
    // The limit is on whoever tries, also with the right code by then.
    assert_eq!(
        browser.try_setup_code(SETUP_CODE).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    assert!(!may_open_settings(&browser).await);
}

#[tokio::test]
async fn the_setup_code_is_not_in_the_database() {
    let app = App::start_with(|builder| builder.setup_code("find-me-if-you-can")).await;
    app.browser().enter_setup_code("find-me-if-you-can").await;
    assert!(!app.stores("find-me-if-you-can"));
}

#[tokio::test]
async fn the_first_to_sign_in_from_the_setup_browser_becomes_admin_and_the_code_dies() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let other_setup = app.browser();
    other_setup.enter_setup_code(SETUP_CODE).await;
    assert!(may_open_settings(&other_setup).await);

    admin.sign_in("/").await;
    assert!(may_open_settings(&admin).await);

    assert!(
        !may_open_settings(&other_setup).await,
        "a right given for the code dies with it"
    );
    assert_eq!(
        app.browser().try_setup_code(SETUP_CODE).await.status(),
        StatusCode::FORBIDDEN
    );

    let grace = app.signed_in(&provider, grace()).await;
    assert!(grace.is_signed_in().await);
    assert_eq!(grace.api(CONNECTION).await.status(), StatusCode::FORBIDDEN);

    // The same person from another browser is the same admin.
    let elsewhere = app.signed_in(&provider, ada()).await;
    assert!(may_open_settings(&elsewhere).await);
}

#[tokio::test]
async fn whoever_signs_in_from_another_browser_first_does_not_become_admin() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let grace = app.signed_in(&provider, grace()).await;
    assert!(!may_open_settings(&grace).await);
    provider.now().person = ada();
    admin.sign_in("/").await;
    assert!(may_open_settings(&admin).await);
}

#[tokio::test]
async fn a_new_setup_code_opens_again_and_kills_the_earlier_one() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let first = app.new_setup_code().await;
    let second = app.new_setup_code().await;
    let browser = app.browser();
    assert_eq!(
        browser.try_setup_code(&first).await.status(),
        StatusCode::FORBIDDEN
    );
    browser.enter_setup_code(&second).await;
    assert!(may_open_settings(&browser).await);
}

/// There is no other way in without Okta: one code at a time, made on the server's own machine.
#[tokio::test]
async fn whoever_is_locked_out_gets_in_with_a_code_of_the_operators_and_the_log_says_so() {
    let log = Log::default();
    let _listening = log.listen("warn");
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    provider.now().token_down = true;
    let stranger = app.browser();
    let usual = stranger.try_setup_code(SETUP_CODE).await;
    assert_eq!(
        usual.status(),
        StatusCode::FORBIDDEN,
        "no code works by itself"
    );
    let code = app.new_setup_code().await;
    let browser = app.browser();
    browser.enter_setup_code(&code).await;
    assert!(may_open_settings(&browser).await);
    // The settings, and nothing of the app.
    assert!(!browser.is_signed_in().await);
    for warned in ["setup_code_made", "setup_code_accepted"] {
        assert!(log.text().contains(warned), "{warned}: {}", log.text());
    }
    assert!(!log.text().contains(&code));
}

#[tokio::test]
async fn entering_the_setup_code_gives_a_new_session_id() {
    let app = App::start().await;
    let browser = app.browser();
    let first = browser.try_setup_code(SETUP_CODE).await;
    let second = browser.try_setup_code(SETUP_CODE).await;
    assert_ne!(session_id(&first), session_id(&second));
}

#[tokio::test]
async fn a_cross_site_request_changes_nothing() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let unregistered = Method::from_bytes(b"CHANGE").unwrap();
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        for (method, path) in [
            (Method::DELETE, CONNECTION),
            (Method::POST, CONNECTION),
            (Method::PUT, CONNECTION),
            (Method::POST, "/logout"),
            (Method::POST, "/api/okta/setup"),
            (Method::POST, "/anything"),
            (Method::PATCH, "/anything"),
            (unregistered.clone(), "/anything"),
        ] {
            let answer = admin
                .request(method.clone(), path)
                .header(name, value)
                .json(&form(&provider))
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{method} {path} with {name}: {value}"
            );
        }
    }
    assert!(admin.is_signed_in().await);
    assert!(app.okta.connection().is_some());
    // The app's own pages and programs may.
    assert_eq!(
        admin
            .request(Method::POST, "/anything")
            .header("sec-fetch-site", "same-origin")
            .send()
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
    assert_eq!(admin.post("/anything").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_cross_site_request_is_told_why_it_is_refused_and_how_to_open_a_path() {
    let app = App::start().await;
    let refused = async |accept: &str| {
        let request = app.browser().request(Method::POST, "/anything");
        let request = request.header("sec-fetch-site", "cross-site");
        let answer = request.header("accept", accept).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let kind = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (kind, answer.text().await.unwrap())
    };
    for (accept, expected) in [
        ("text/html,*/*", "text/html; charset=utf-8"),
        ("*/*", "application/problem+json"),
    ] {
        let (kind, body) = refused(accept).await;
        assert_eq!(kind, expected);
        assert!(
            body.contains("This request came from another site"),
            "{body}"
        );
        assert!(body.contains("csrf_exempt"), "{body}");
    }
}

#[tokio::test]
async fn whoever_is_signed_in_and_enters_the_setup_code_leaves_no_session_behind() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    provider.now().person = grace();
    let grace = app.browser();
    let before = session_id(&grace.sign_in("/").await);
    assert!(grace.is_signed_in().await);
    grace.enter_setup_code(SETUP_CODE).await;
    assert!(grace.is_signed_in().await && may_open_settings(&grace).await);
    let copied = app.with_session("/api/identity", &before).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

/// On one thread, so that the log tells when the second one waits.
#[tokio::test]
async fn a_right_that_is_lost_while_a_connect_asks_or_waits_changes_nothing() {
    let log = Log::default();
    let _listening = log.listen("axum_okta=debug");
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let before = app.okta.connection();
    let slow = Provider::start(&app.callback()).await;
    slow.now().discovery_delay = Duration::from_millis(500);
    let [asking, waiting] = [app.browser(), app.browser()];
    asking.enter_setup_code(SETUP_CODE).await;
    waiting.enter_setup_code(SETUP_CODE).await;
    let form = form(&slow);
    let second = async {
        slow.until_asked("discovery", 1).await;
        waiting.connect(&form).await
    };
    let (asked, waited, ()) = tokio::join!(asking.connect(&form), second, async {
        while !log.text().contains("waiting in line") {
            tokio::task::yield_now().await;
        }
        app.okta.new_setup_code().await.unwrap();
    });
    assert_eq!(asked.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(waited.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(app.okta.connection(), before);
    assert_eq!(
        slow.asked("discovery"),
        1,
        "the one that waited asked nobody"
    );
}

#[tokio::test]
async fn a_setup_that_nobody_has_a_code_for_is_offered_to_nobody_and_ends_by_itself() {
    let app = App::start().await;
    let (_former, admin) = app.connected().await;
    admin.sign_in("/").await;
    let current = Provider::start(&app.callback()).await;
    admin.connect(&form(&current)).await;
    assert!(
        may_open_settings(&admin).await,
        "who replaced the connection"
    );
    let shown: serde_json::Value = app.browser().api("/settings").await.json().await.unwrap();
    assert_eq!(shown["access"], "sign_in");

    sqlx::query("UPDATE okta_setup SET ends_at = 1 WHERE ends_at > 1")
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    assert!(!may_open_settings(&admin).await);
}

#[tokio::test]
async fn after_reconnecting_the_next_to_sign_in_becomes_no_admin_where_there_is_one() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.disconnect().await;
    assert_eq!(
        admin.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    let settings = admin.settings().await;
    assert_eq!(settings["makes_admin"], false);
    let trail = admin.audit().await;
    assert_eq!(trail[0]["event"], "connected");
    assert_eq!(
        trail[0]["actor"]["subject"], "00u1ada",
        "and not just anybody"
    );

    // Somebody else sits down at the same browser.
    provider.now().person = grace();
    admin.sign_in("/").await;
    assert!(!may_open_settings(&admin).await);
    let back = app.signed_in(&provider, ada()).await;
    assert!(may_open_settings(&back).await);
}
