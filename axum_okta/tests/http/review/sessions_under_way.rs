//! Points 13 to 15: two requests of one session at once. Neither undoes what the other has done.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::harness::{
    App, Browser, CONNECTION, UnderWay, form, location, raw_session_id, session_id, status, table,
};

/// Long enough for another request to be answered meanwhile.
const WHILE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_session_that_ended_meanwhile_goes_on_under_no_new_id() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    for (cycle, end) in [
        ("/cycle-id", "/logout"),
        ("/cycle-id", "/flush"),
        ("/cycle-id", "/cycle-id"),
        ("/cycle-id", "another sign-in"),
        ("/cycle-id-first", "/logout"),
        ("/cycle-id-first", "/flush"),
        ("/cycle-id-first", "another sign-in"),
    ] {
        let case = format!("{cycle}, {end}");
        let browser = app.browser();
        let another = browser.to_provider_and_back("/").await;
        let session = session_id(&browser.sign_in("/").await);
        browser.post("/note").await;
        let begun = UnderWay::post(&app, cycle, &session).await;
        match end {
            "another sign-in" => drop(browser.page(&another).await),
            _ => drop(browser.post(end).await),
        }
        let answer = begun.finish().await;
        assert_eq!(status(&answer), "200", "{case}");
        let new = raw_session_id(&answer).expect("the host's values go on");
        let copied = app.with_session("/api/identity", new).await;
        assert_eq!(copied.status(), StatusCode::UNAUTHORIZED, "{case}");
        let note = app.with_session("/note", new).await;
        assert_eq!(note.text().await.unwrap(), "\"left here\"", "{case}");
    }
}

#[tokio::test]
async fn a_session_goes_on_under_a_new_id_as_it_is_by_then() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    for path in ["/cycle-id", "/note"] {
        let session = session_id(&admin.sign_in("/").await);
        let begun = UnderWay::post(&app, path, &session).await;
        admin.disconnect().await;
        let answer = begun.finish().await;
        let session = raw_session_id(&answer).unwrap();
        let settings = app.with_session("/settings", session).await;
        let settings: Value = settings.json().await.unwrap();
        assert_eq!(settings["access"], "open", "{path}: the right was kept");
        let code = app.new_setup_code().await;
        admin.enter_setup_code(&code).await;
        admin.connect(&form(&provider)).await;
    }
}

#[tokio::test]
async fn a_session_that_the_host_cleared_meanwhile_is_nobodys() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let session = session_id(&browser.sign_in("/").await);
    let note = UnderWay::post(&app, "/note", &session).await;
    browser.post("/clear").await;
    assert!(!browser.is_signed_in().await);
    note.finish().await;
    let copied = app.with_session("/api/identity", &session).await;
    assert_eq!(copied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_slow_check_overwrites_nothing_that_was_kept_meanwhile() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let asked = provider.asked("discovery");
    provider.now().discovery_delay = WHILE;
    let (checked, refused) = tokio::join!(admin.post(CONNECTION), async {
        provider.until_asked("discovery", asked + 1).await;
        admin.set_roles(&table(&[("Everyone", " ")])).await
    });
    assert_eq!(checked.status(), StatusCode::OK);
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let settings = admin.settings().await;
    assert_eq!(settings["roles_draft"]["rules"][0]["group"], "Everyone");
    assert!(settings["report"].is_object());
}

/// The setup code that gave it dies meanwhile, or the admin is removed. Nothing is recorded in
/// their name.
#[tokio::test]
async fn a_right_that_is_lost_while_okta_is_asked_keeps_no_result() {
    let app = App::start().await;
    let (provider, first) = app.connected().await;
    let asked = provider.asked("discovery");
    provider.now().discovery_delay = WHILE;
    let (checked, ()) = tokio::join!(first.post(CONNECTION), async {
        provider.until_asked("discovery", asked + 1).await;
        app.new_setup_code().await;
    });
    assert_eq!(checked.status(), StatusCode::UNAUTHORIZED);
    provider.now().discovery_delay = Duration::ZERO;

    let second = app.browser();
    second.enter_setup_code(&app.new_setup_code().await).await;
    second.sign_in("/").await;
    let back = to_okta_for_a_test(&second).await;
    let asked = provider.asked("token");
    provider.now().token_delay = WHILE;
    let (tested, last_code) = tokio::join!(second.page(&back), async {
        provider.until_asked("token", asked + 1).await;
        sqlx::query("DELETE FROM okta_admin")
            .execute(&mut app.sql().await)
            .await
            .unwrap();
        app.new_setup_code().await
    });
    assert_ne!(tested.status(), StatusCode::SEE_OTHER);

    let last = app.browser();
    last.enter_setup_code(&last_code).await;
    let trail = last.audit().await.to_string();
    assert_eq!(trail.matches("\"checked\"").count(), 1, "that of the test");
    assert_eq!(trail.matches("\"tested\"").count(), 0);
}

/// Presses Test and goes to the provider; gives the way back.
async fn to_okta_for_a_test(browser: &Browser) -> String {
    let started = browser
        .request(Method::POST, "/api/okta/connections/okta/test")
        .form(&[("return_to", "/settings")])
        .send()
        .await
        .unwrap();
    assert!(location(&started).contains("/authorize"));
    browser.at_provider(&started).await
}
