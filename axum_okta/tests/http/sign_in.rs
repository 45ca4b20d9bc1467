use std::collections::HashMap;

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use url::Url;

use crate::{
    app::{App, cache_control, location, session_id},
    provider::{CLIENT_ID, grace},
};

fn parameters(address: &str) -> HashMap<String, String> {
    Url::parse(address)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

#[tokio::test]
async fn the_whole_way_and_back_to_where_the_person_was_going() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let guarded = browser.page("/protected?tab=2").await;
    let login = browser.page(&location(&guarded)).await;
    assert_eq!(login.status(), StatusCode::SEE_OTHER);
    assert_eq!(cache_control(&login), "no-store");

    let request = parameters(&location(&login));
    assert_eq!(request["response_type"], "code");
    assert_eq!(request["client_id"], CLIENT_ID);
    assert_eq!(request["redirect_uri"], app.callback());
    assert_eq!(request["scope"], "openid profile email groups");
    assert_eq!(request["code_challenge_method"], "S256");
    assert!(request["state"].len() >= 22 && request["nonce"].len() >= 22);

    let callback = location(&browser.page(&location(&login)).await);
    let done = browser.page(&callback).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert_eq!(location(&done), "/protected?tab=2");
    assert_eq!(cache_control(&done), "no-store");

    let answer = browser.api("/api/identity").await;
    assert_eq!(cache_control(&answer), "no-store");
    let identity: Value = answer.json().await.unwrap();
    let signed_in_at = identity["signed_in_at"].as_i64().unwrap();
    assert_eq!(
        identity,
        json!({
            "issuer": provider.issuer, "subject": "00u1ada", "name": "Ada Lovelace",
            "email": "ada@example.com", "email_verified": true, "picture": "https://example.com/ada.png",
            "locale": "en-GB", "groups": ["Engineering", "Everyone"], "connection": "okta",
            "roles": ["admin"], "claims": {},
            "signed_in_at": signed_in_at, "expires_at": signed_in_at + 8 * 60 * 60,
        })
    );
    let whoami: Value = browser.api("/whoami").await.json().await.unwrap();
    assert_eq!(whoami["subject"], "00u1ada");
}

#[tokio::test]
async fn what_a_thin_token_leaves_out_comes_from_userinfo() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().thin = true;
    browser.sign_in("/").await;
    let identity: Value = browser.api("/api/identity").await.json().await.unwrap();
    assert_eq!(identity["name"], "Ada Lovelace");
    assert_eq!(identity["groups"], json!(["Engineering", "Everyone"]));
    assert_eq!(provider.asked("userinfo"), 1);
}

#[tokio::test]
async fn a_full_token_needs_one_request() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let before: Vec<usize> = ["discovery", "keys", "userinfo", "token"]
        .map(|endpoint| provider.asked(endpoint))
        .into();
    app.browser().sign_in("/").await;
    let after: Vec<usize> = ["discovery", "keys", "userinfo", "token"]
        .map(|endpoint| provider.asked(endpoint))
        .into();
    assert_eq!(after, [before[0], before[1], before[2], before[3] + 1]);
}

#[tokio::test]
async fn userinfo_of_somebody_else_is_refused() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().thin = true;
    provider.now().userinfo = json!({ "sub": "00u9mallory" });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn two_tabs_sign_in_side_by_side() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let first = browser.to_provider_and_back("/protected?first").await;
    let second = browser.to_provider_and_back("/protected?second").await;
    assert_eq!(location(&browser.page(&first).await), "/protected?first");
    assert_eq!(location(&browser.page(&second).await), "/protected?second");
}

#[tokio::test]
async fn the_session_id_is_new_after_signing_in() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let planted = browser.try_setup_code(crate::app::SETUP_CODE).await;
    let before = session_id(&planted);
    let after = session_id(&browser.sign_in("/").await);
    assert_ne!(before, after);
    let cookie = format!("okta_session={before}");
    let answer = app.with_cookies("/api/identity", &cookie).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookies_are_out_of_reach_for_scripts_and_other_sites() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let login = browser.page("/login").await;
    let done = browser.sign_in("/").await;
    for answer in [login, done] {
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly")
                    && cookie.contains("SameSite=Lax")
                    && cookie.contains("Path=/"),
                "{cookie}"
            );
            assert!(
                !cookie.contains("Secure") && !cookie.contains("Domain"),
                "{cookie}"
            );
        }
    }
}

#[tokio::test]
async fn behind_https_the_cookies_are_secure_and_bound_to_the_host() {
    let app = App::start_with(|builder| builder.base_url("https://app.example.com")).await;
    let answer = app.browser().try_setup_code(crate::app::SETUP_CODE).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-okta_session="), "{cookie}");
    assert!(
        cookie.contains("Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_refusal_by_okta_is_shown_with_the_way_to_try_again() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for (error, status) in [
        ("access_denied", StatusCode::FORBIDDEN),
        ("login_required", StatusCode::FORBIDDEN),
        ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE),
        ("server_error", StatusCode::SERVICE_UNAVAILABLE),
        ("invalid_scope", StatusCode::BAD_GATEWAY),
    ] {
        provider.now().callback = json!({ "code": null, "error": error, "error_description": "<b>User is not assigned</b>" });
        let answer = browser.sign_in("/protected").await;
        assert_eq!(answer.status(), status, "{error}");
        assert_eq!(cache_control(&answer), "no-store");
        let page = answer.text().await.unwrap();
        assert!(page.contains("/login?return_to=%2Fprotected"), "{page}");
        assert!(
            page.contains("&lt;b&gt;User is not assigned") && !page.contains("<b>User"),
            "{page}"
        );
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_callback_that_nobody_started_is_refused() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for query in [
        "",
        "?code=x",
        "?code=x&state=made-up",
        "?state=made-up",
        "?error=access_denied&state=made-up",
    ] {
        let answer = browser.page(&format!("{}{query}", app.callback())).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_callback_counts_once() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let callback = browser.to_provider_and_back("/").await;
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
    let redeemed = provider.asked("token");
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(provider.asked("token"), redeemed);
}

#[tokio::test]
async fn a_callback_counts_only_in_the_browser_that_started_it() {
    let app = App::start().await;
    let (_provider, victim) = app.connected().await;
    let attacker = app.browser();
    let callback = attacker.to_provider_and_back("/").await;
    assert_eq!(
        victim.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert!(!victim.is_signed_in().await);
    // With a sign-in of its own under way, too.
    victim.page("/login").await;
    assert_eq!(
        victim.page(&callback).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert!(!victim.is_signed_in().await);
    // And it was not used up by that.
    assert_eq!(
        attacker.page(&callback).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn parameters_that_come_twice_are_refused() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for name in ["code", "state", "iss", "error"] {
        let callback = browser.to_provider_and_back("/").await;
        let answer = browser.page(&format!("{callback}&{name}=x&{name}=y")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{name}");
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn the_issuer_of_the_callback_must_be_the_one_asked() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for iss in [json!("https://mallory.example.com"), json!("")] {
        provider.now().callback = json!({ "iss": iss });
        assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await);
    }
    // Discovery promises it, so leaving it out is no way around.
    provider.now().callback = json!({ "iss": null });
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_starts_no_session() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    for change in [
        json!({ "iss": "https://other.okta.com" }),
        json!({ "aud": "somebody-else" }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "exp": 1 }),
        json!({ "sub": null }),
    ] {
        provider.now().id_token = change.clone();
        assert_eq!(
            browser.sign_in("/").await.status(),
            StatusCode::BAD_GATEWAY,
            "{change}"
        );
        assert!(!browser.is_signed_in().await, "{change}");
    }
}

#[tokio::test]
async fn okta_going_down_is_said_and_passes() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().token_down = true;
    let answer = browser.sign_in("/protected").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    assert!(answer.text().await.unwrap().contains("Try again"));
    provider.now().token_down = false;
    assert_eq!(
        browser.sign_in("/protected").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn after_a_restart_with_okta_down_people_stay_signed_in_and_sign_in_says_so() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let app = app.restart().await;
    provider.now().discovery_answer = Some((
        StatusCode::BAD_GATEWAY,
        http::HeaderMap::new(),
        axum::body::Bytes::new(),
    ));
    assert!(browser.is_signed_in().await);
    assert_eq!(
        app.browser().page("/login").await.status(),
        StatusCode::BAD_GATEWAY
    );
    provider.now().discovery_answer = None;
    assert_eq!(
        app.browser().page("/login").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn return_to_leads_nowhere_else() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    for evil in [
        "//evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "https:%2F%2Fevil.example",
        "%2Flogin%3Freturn_to=%2Flogin",
        "/authorization-code/callback",
    ] {
        let browser_of_somebody = app.browser();
        let done = browser_of_somebody.sign_in(evil).await;
        assert_eq!(location(&done), "/", "{evil}");
    }
    browser.sign_in("/").await;
    // Also for whoever is signed in and goes straight through.
    let straight = browser.page("/login?return_to=//evil.example").await;
    assert_eq!(location(&straight), "/");
}

#[tokio::test]
async fn whoever_is_signed_in_is_not_asked_again() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let asked = provider.asked("authorize");
    let answer = browser.page("/login?return_to=/protected").await;
    assert_eq!(location(&answer), "/protected");
    assert_eq!(provider.asked("authorize"), asked);
}

#[tokio::test]
async fn a_posted_callback_arrives_although_cookies_do_not_travel_with_it() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let callback = Url::parse(&browser.to_provider_and_back("/protected").await).unwrap();
    // A cross-site POST carries no Lax cookies: a browser without any sends it.
    let posted = app
        .browser()
        .request(Method::POST, callback.path())
        .header("sec-fetch-site", "cross-site")
        .header(header::ORIGIN, "https://dev-1.okta.com")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(callback.query().unwrap().to_owned())
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    let done = browser.page(&location(&posted)).await;
    assert_eq!(location(&done), "/protected");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_flood_of_sign_ins_of_one_browser_keeps_the_last_ones() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    let first = browser.to_provider_and_back("/").await;
    let mut last = String::new();
    for _ in 0..8 {
        last = browser.to_provider_and_back("/protected").await;
    }
    assert_eq!(browser.page(&first).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(location(&browser.page(&last).await), "/protected");
}

#[tokio::test]
async fn groups_that_are_empty_are_told_from_none() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().person = grace();
    browser.sign_in("/").await;
    let identity: Value = browser.api("/api/identity").await.json().await.unwrap();
    assert_eq!(identity["groups"], json!([]));
    assert_eq!(identity["email_verified"], false);

    provider.now().person = json!({ "sub": "00u3" });
    let other = app.browser();
    other.sign_in("/").await;
    let identity: Value = other.api("/api/identity").await.json().await.unwrap();
    assert_eq!(
        (&identity["groups"], &identity["name"], &identity["email"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn nobody_signed_in_is_401_on_the_identity_route() {
    let app = App::start().await;
    let answer = app.browser().api("/api/identity").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let whoami: Value = app.browser().api("/whoami").await.json().await.unwrap();
    assert_eq!(whoami["subject"], Value::Null);
}

#[tokio::test]
async fn whoever_came_by_another_name_of_this_machine_is_sent_to_the_right_one() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let port = Url::parse(&app.url).unwrap().port().unwrap();
    let answer = app
        .browser()
        .request(Method::GET, "/login?return_to=/protected")
        .header(header::HOST, format!("localhost:{port}"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        location(&answer),
        format!("{}/login?return_to=%2Fprotected", app.url)
    );
    // Any other name is a proxy's business.
    let answer = app
        .browser()
        .request(Method::GET, "/login")
        .header(header::HOST, "app.internal")
        .send()
        .await
        .unwrap();
    assert!(location(&answer).contains("/authorize?"));
}

#[tokio::test]
async fn sign_ins_are_limited_by_the_address_that_trusted_proxies_saw() {
    let app = App::start_with(|builder| {
        builder
            .sign_ins_per_minute(2)
            .trusted_proxies(["127.0.0.0/8".parse().unwrap()])
    })
    .await;
    let (_provider, _admin) = app.connected().await;
    let login = async |seen: &str| {
        let request = app
            .browser()
            .request(Method::GET, "/login")
            .header("x-forwarded-for", seen);
        request.send().await.unwrap()
    };
    for _ in 0..2 {
        assert_eq!(login("198.51.100.1").await.status(), StatusCode::SEE_OTHER);
    }
    let refused = login("198.51.100.1").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    // What the client wrote itself helps nobody; another client is not touched.
    assert_eq!(
        login("8.8.8.8, 198.51.100.1").await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(login("198.51.100.2").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn without_trusted_proxies_the_header_is_worth_nothing() {
    let app = App::start_with(|builder| builder.sign_ins_per_minute(1)).await;
    let (_provider, _admin) = app.connected().await;
    let login = async |seen: &str| {
        let request = app
            .browser()
            .request(Method::GET, "/login")
            .header("x-forwarded-for", seen);
        request.send().await.unwrap().status()
    };
    assert_eq!(login("198.51.100.1").await, StatusCode::SEE_OTHER);
    assert_eq!(login("198.51.100.2").await, StatusCode::TOO_MANY_REQUESTS);
}
