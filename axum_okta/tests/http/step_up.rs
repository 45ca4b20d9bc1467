//! Step-up: guards that ask for a recent or a strong sign-in (OpenID Connect Core §3.1.2.1,
//! §3.1.3.7; RFC 9470).

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::{
    App, Browser, Provider, SECRET_OF_THE_PAGE, TWO_FACTORS, attempt_cookie, cache_control, grace,
    location, parameters,
};

fn seconds_ago(seconds: i64) -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp() - seconds
}

/// Somebody who signed in at Okta an hour ago, with a password.
async fn signed_in_an_hour_ago(app: &App) -> (Provider, Browser) {
    let (provider, browser) = app.connected().await;
    provider.now().id_token = json!({ "auth_time": seconds_ago(3600), "amr": ["pwd"] });
    browser.sign_in("/").await;
    (provider, browser)
}

/// Opens a page that asks for more, as far as Okta's answer.
async fn callback_of(browser: &Browser, path: &str) -> String {
    let login = browser.page(&location(&browser.page(path).await)).await;
    browser.at_provider(&login).await
}

/// What a page says, as far as its words go.
async fn refused(answer: Response) -> String {
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(location(&answer), "");
    assert_eq!(cache_control(&answer), "no-store");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_sign_in_that_is_too_old_is_made_again_at_okta_and_comes_back() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    let answer = browser.page("/recent?tab=2").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let login = location(&answer);
    assert_eq!(login, "/login?return_to=%2Frecent%3Ftab%3D2&max_age=300");
    assert_eq!(answer.text().await.unwrap(), "");

    let login = browser.page(&login).await;
    let asked = parameters(&location(&login));
    assert_eq!(asked["max_age"], "300");
    assert_eq!(asked["prompt"], "login");
    assert!(!asked.contains_key("acr_values"));

    provider.now().id_token = json!({ "auth_time": seconds_ago(1) });
    let done = browser.page(&browser.at_provider(&login).await).await;
    assert_eq!(location(&done), "/recent?tab=2");
    let page = browser.page("/recent?tab=2").await;
    assert_eq!(page.text().await.unwrap(), SECRET_OF_THE_PAGE);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_asked_for_it_at_once_and_okta_decides_whether_to_ask() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let login = browser
        .page(&location(&browser.page("/recent").await))
        .await;
    let asked = parameters(&location(&login));
    assert_eq!(asked["max_age"], "300");
    assert!(!asked.contains_key("prompt"));
    provider.now().id_token = json!({ "auth_time": seconds_ago(299) });
    let done = browser.page(&browser.at_provider(&login).await).await;
    assert_eq!(location(&done), "/recent");
    assert_eq!(browser.page("/recent").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_auth_time_that_is_missing_odd_or_too_old_ends_on_a_page_and_changes_nothing() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    let before = browser.identity().await;
    for (auth_time, is_accepted) in [
        (Value::Null, false),
        (json!(seconds_ago(0).to_string()), false),
        (json!("2026-11-22T08:30:59Z"), false),
        (json!(true), false),
        (json!([seconds_ago(0)]), false),
        (json!(0), false),
        (json!(-1), false),
        (json!(i64::MAX), false),
        (json!(1e300), false),
        (json!(seconds_ago(-3600)), false),
        (json!(seconds_ago(370)), false),
        // Clocks differ by up to a minute.
        (json!(seconds_ago(350)), true),
        (json!(seconds_ago(-50)), true),
        (json!(seconds_ago(3) as f64 + 0.5), true),
    ] {
        provider.now().id_token = json!({ "auth_time": auth_time, "amr": ["pwd"] });
        let person = app.browser();
        let done = person.page(&callback_of(&person, "/recent").await).await;
        if is_accepted {
            assert_eq!(location(&done), "/recent", "{auth_time}");
            assert_eq!(person.page("/recent").await.status(), StatusCode::OK);
            continue;
        }
        let page = refused(done).await;
        assert!(page.contains("at most 5 minutes old"), "{page}");
        assert!(page.contains("Okta says: signed in"), "{page}");
        let again = "/login?return_to=%2Frecent&amp;max_age=300&amp;prompt=login";
        assert!(page.contains(again), "{page}");
        assert!(!person.is_signed_in().await, "{auth_time}");

        let page = refused(browser.page(&callback_of(&browser, "/recent").await).await).await;
        assert!(page.contains("still signed in as before"), "{page}");
        assert_eq!(browser.identity().await, before);
    }
}

#[tokio::test]
async fn the_way_to_try_again_has_okta_ask_whatever_it_knows() {
    let app = App::start().await;
    let (_provider, signed_in) = app.connected().await;
    signed_in.sign_in("/").await;
    for browser in [app.browser(), signed_in] {
        for asked in ["", "&max_age=300", "&acr_values=urn:okta:loa:2fa:any"] {
            let login = format!("/login?return_to=%2Frecent{asked}&prompt=login");
            let login = browser.page(&login).await;
            let at_okta = parameters(&location(&login));
            assert_eq!(at_okta["prompt"], "login", "{asked}");
        }
    }
}

#[tokio::test]
async fn a_context_is_asked_of_okta_and_has_to_come_back() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    let login = browser
        .page(&location(&browser.page("/strong").await))
        .await;
    let asked = parameters(&location(&login));
    assert_eq!(asked["acr_values"], TWO_FACTORS);
    // Okta asks for the second factor alone.
    assert!(!asked.contains_key("prompt") && !asked.contains_key("max_age"));
    for (acr, is_accepted) in [
        (Value::Null, false),
        (json!("urn:okta:loa:1fa:any"), false),
        (json!(format!("{TWO_FACTORS} ")), false),
        (json!(2), false),
        (json!([TWO_FACTORS]), false),
        (json!(TWO_FACTORS), true),
    ] {
        provider.now().id_token = json!({ "acr": acr });
        let done = browser.page(&callback_of(&browser, "/strong").await).await;
        if is_accepted {
            assert_eq!(location(&done), "/strong");
            assert_eq!(browser.page("/strong").await.status(), StatusCode::OK);
        } else {
            let page = refused(done).await;
            assert!(page.contains(TWO_FACTORS), "{page}");
            assert!(page.contains("sign-on policy"), "{page}");
        }
    }
}

#[tokio::test]
async fn a_method_has_to_come_back_whatever_okta_can_be_asked_for() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    let login = browser.page(&location(&browser.page("/mfa").await)).await;
    let asked = parameters(&location(&login));
    assert_eq!(asked["prompt"], "login");
    for (amr, is_accepted) in [
        (Value::Null, false),
        (json!([]), false),
        (json!("mfa"), false),
        (json!(["pwd", "mfa-not"]), false),
        (json!(["mfa", 1]), false),
        (json!({ "mfa": true }), false),
        (json!(["pwd", "mfa"]), true),
    ] {
        provider.now().id_token = json!({ "amr": amr });
        let done = browser.page(&callback_of(&browser, "/mfa").await).await;
        if is_accepted {
            assert_eq!(location(&done), "/mfa");
            assert_eq!(browser.page("/mfa").await.status(), StatusCode::OK);
            assert_eq!(browser.identity().await["amr"], amr);
        } else {
            let page = refused(done).await;
            assert!(page.contains("used “mfa”"), "{page}");
        }
    }
}

/// Userinfo isn't about this sign-in.
#[tokio::test]
async fn only_the_id_token_says_how_somebody_signed_in() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    {
        let mut behaviour = provider.now();
        behaviour.thin = true;
        behaviour.id_token = json!({});
        behaviour.userinfo = json!({
            "auth_time": seconds_ago(0), "acr": TWO_FACTORS, "amr": ["mfa"],
        });
    }
    for path in ["/recent", "/strong", "/mfa"] {
        refused(browser.page(&callback_of(&browser, path).await).await).await;
    }
}

#[tokio::test]
async fn a_program_is_told_what_to_ask_for() {
    let app = App::start().await;
    let (_provider, browser) = signed_in_an_hour_ago(&app).await;
    let answer = browser.api("/api/recent").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.headers()[header::WWW_AUTHENTICATE],
        "Bearer error=\"insufficient_user_authentication\", max_age=\"300\", \
         acr_values=\"urn:okta:loa:2fa:any\""
    );
    assert_eq!(cache_control(&answer), "no-store");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], 401);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("at most 5 minutes old"), "{detail}");
    // Nobody is signed in: that is another problem.
    let stranger = app.browser().api("/api/recent").await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert!(!stranger.headers().contains_key(header::WWW_AUTHENTICATE));
}

#[tokio::test]
async fn a_form_gets_a_page_with_the_way_to_confirm_and_to_send_it_again() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    let answer = browser
        .submit("/recent", &[("note", "half a thought")])
        .await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers().contains_key(header::WWW_AUTHENTICATE));
    let page = answer.text().await.unwrap();
    let link = r#"<a href="/login?new_tab=1&amp;max_age=300" target="_blank">"#;
    assert!(page.contains(link), "{page}");

    let login = browser.page("/login?new_tab=1&max_age=300").await;
    provider.now().id_token = json!({ "auth_time": seconds_ago(0) });
    let done = browser.page(&browser.at_provider(&login).await).await;
    let done = browser.page(&location(&done)).await;
    assert!(done.text().await.unwrap().contains("Close this tab"));
    let sent_again = browser
        .submit("/recent", &[("note", "half a thought")])
        .await;
    assert_eq!(sent_again.text().await.unwrap(), SECRET_OF_THE_PAGE);
}

#[tokio::test]
async fn whoever_lacks_the_role_is_not_sent_to_okta() {
    let app = App::start().await;
    let (_provider, browser) = signed_in_an_hour_ago(&app).await;
    let answer = browser.page("/recent-editors").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

/// What `/login` is asked for can only ask for more.
#[tokio::test]
async fn no_parameter_makes_a_guard_ask_for_less() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    // A link of a stranger, that asks for nothing or for little.
    for login in [
        "/login?return_to=/recent",
        "/login?return_to=/recent&max_age=99999999",
        "/login?return_to=/recent&acr_values=&amr=",
    ] {
        let answer = browser.page(login).await;
        assert_eq!(location(&answer), "/recent", "{login}");
        let guarded = browser.page("/recent").await;
        assert_eq!(guarded.status(), StatusCode::SEE_OTHER, "{login}");
    }
    // The answer of Okta, with parameters of their own: what was asked is in the cookie.
    let old = json!({ "auth_time": seconds_ago(3600) });
    provider.now().id_token = old;
    for more in ["max_age=99999999", "acr_values=x", "prompt=none", "amr=pwd"] {
        let callback = callback_of(&browser, "/recent").await;
        refused(browser.page(&format!("{callback}&{more}")).await).await;
    }
    // The cookie of a sign-in that asked for nothing does not fit to this one.
    let stranger = app.browser();
    let (_, of_another) = attempt_cookie(&stranger.page("/login").await);
    let login = stranger.page("/login?return_to=/recent&max_age=300").await;
    let (name, _) = attempt_cookie(&login);
    let callback = stranger.at_provider(&login).await;
    let cookies = format!("{name}={of_another}");
    let answer = app.with_cookies(&callback, &cookies).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_okta_could_not_be_asked_for_is_refused() {
    let app = App::start().await;
    let (_provider, browser) = signed_in_an_hour_ago(&app).await;
    let long = format!("acr_values={}", "a".repeat(101));
    let many = format!("amr={}", "a%20".repeat(200));
    for asked in [
        "max_age=-1",
        "max_age=",
        "max_age=1e3",
        "max_age=99999999999999999999999",
        "max_age=1&max_age=2",
        "acr_values=a&acr_values=b",
        "acr_values=%22",
        "acr_values=a%0ab",
        "amr=%C3%A4",
        &long,
        &many,
    ] {
        let answer = browser.page(&format!("/login?{asked}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{asked}");
    }
    // A portal's form can't ask for anything.
    let posted = browser.submit("/login", &[("max_age", "1"), ("iss", "x")]);
    assert_eq!(location(&posted.await), "/login?iss=x");
}

#[tokio::test]
async fn somebody_else_does_not_confirm_for_the_person_who_was_asked() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    provider.now().id_token = json!({ "auth_time": seconds_ago(0) });
    provider.now().person = grace();
    let page = refused(browser.page(&callback_of(&browser, "/recent").await).await).await;
    assert!(page.contains("Somebody else signed in"), "{page}");
    assert_eq!(browser.subject().await, "00u1ada");
}

/// Each of two guards takes away what the other asked for, and Okta asks nobody anything.
#[tokio::test]
async fn guards_that_exclude_one_another_end_on_a_page_and_not_in_a_loop() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let mut address = "/contrary".to_owned();
    for _ in 0..40 {
        let answer = browser.page(&address).await;
        if answer.status() == StatusCode::FORBIDDEN {
            let page = answer.text().await.unwrap();
            assert!(page.contains("contradict one another"), "{page}");
            return;
        }
        address = location(&answer);
        // Okta does what it is asked for.
        if address.starts_with(&provider.issuer)
            && let Some(acr) = parameters(&address).remove("acr_values")
        {
            provider.now().id_token = json!({ "acr": acr });
        }
    }
    panic!("it goes on and on");
}

#[tokio::test]
async fn okta_may_say_itself_that_it_cannot() {
    let app = App::start().await;
    let (provider, browser) = signed_in_an_hour_ago(&app).await;
    provider.now().authorize_error = Some(json!({ "error": "unmet_authentication_requirements" }));
    let page = refused(browser.page(&callback_of(&browser, "/strong").await).await).await;
    assert!(page.contains("stronger sign-in"), "{page}");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn an_identity_says_when_and_how_its_person_signed_in() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let auth_time = seconds_ago(90);
    provider.now().id_token =
        json!({ "auth_time": auth_time, "acr": TWO_FACTORS, "amr": ["pwd", "mfa"] });
    browser.sign_in("/").await;
    let identity = browser.identity().await;
    assert_eq!(identity["auth_time"], auth_time);
    assert_eq!(identity["acr"], TWO_FACTORS);
    assert_eq!(identity["amr"], json!(["pwd", "mfa"]));
    let head = browser
        .request(Method::HEAD, "/recent")
        .header(header::ACCEPT, "text/html");
    assert_eq!(head.send().await.unwrap().status(), StatusCode::OK);
}
