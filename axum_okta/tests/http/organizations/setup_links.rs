//! Setup links: one connection for whoever has one, until it is used.

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};

use super::{Market, connection};
use crate::harness::{Browser, Log, Provider, ada, form, form_with, grace, location, table};

fn links(name: &str) -> String {
    format!("{}/setup-links", connection(name))
}

/// The address of a new link, as whoever gets the mail sees it.
async fn link_to(market: &Market, name: &str) -> String {
    let made = market
        .admin
        .send_json(Method::POST, &links(name), &json!({}))
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    made["address"].as_str().unwrap().to_owned()
}

pub fn code_of(link: &str) -> &str {
    link.split_once("code=").unwrap().1
}

/// Presses the button of the page that the link leads to.
pub async fn press(browser: &Browser, link: &str) -> Response {
    browser
        .submit("/login/setup", &[("code", code_of(link))])
        .await
}

/// A browser that has opened the link.
pub async fn opened(market: &Market, link: &str) -> Browser {
    let browser = market.app.browser();
    assert_eq!(location(&press(&browser, link).await), "/settings/okta");
    browser
}

/// Whether the settings of some connection are open.
async fn is_let_in(browser: &Browser) -> bool {
    browser.api("/api/okta/connections").await.status() == StatusCode::OK
}

pub async fn sign_in(browser: &Browser, name: &str) {
    let done = browser
        .sign_in_at(&format!("/login?connection={name}"))
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
}

pub async fn is_admin(browser: &Browser) -> bool {
    browser.identity().await["roles"] == json!(["admin"])
}

async fn events_of(browser: &Browser) -> Vec<String> {
    let audit = browser.audit().await;
    let entries = audit.as_array().unwrap().iter();
    let about = entries.map(|entry| entry["event"].as_str().unwrap().to_owned());
    about.collect()
}

#[tokio::test]
async fn whoever_opens_a_link_connects_their_okta_and_becomes_admin_of_that_connection_alone() {
    let market = Market::open().await;
    let link = link_to(&market, "gamma").await;
    let browser = opened(&market, &link).await;
    let settings = browser.settings().await;
    assert_eq!(settings["connection_name"], "gamma");
    assert_eq!(
        (&settings["is_super"], &settings["by_link"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        settings["redirect_uris"]["sign_in"],
        format!("{}/gamma", market.app.callback())
    );
    assert_eq!(settings["setup_links"], json!([]));
    for other in ["okta", "acme", "delta"] {
        let seen = browser.api(&connection(other)).await;
        assert_eq!(seen.status(), StatusCode::NOT_FOUND, "{other}");
        let made = browser.connect_as(other, &form(&market.acme)).await;
        assert_eq!(made.status(), StatusCode::NOT_FOUND, "{other}");
    }

    let gamma = Provider::start(&format!("{}/gamma", market.app.callback())).await;
    assert_eq!(
        browser.connect_as("gamma", &form(&gamma)).await.status(),
        StatusCode::OK
    );
    gamma.now().person = grace();
    sign_in(&browser, "gamma").await;
    assert!(is_admin(&browser).await);
    let settings = browser.settings().await;
    assert_eq!(settings["connection_name"], "gamma");
    assert_eq!(
        (&settings["is_super"], &settings["by_link"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(settings["admins"][0]["name"], "Grace Hopper");
    let page: Value = browser.json("/api/okta/connections").await;
    assert_eq!(page["total"], 1);
    // Each step is in the organization's own audit trail.
    let events = events_of(&browser).await;
    let expected = [
        "signed_in",
        "became_admin",
        "connected",
        "setup_link_opened",
        "setup_link_made",
    ];
    assert_eq!(events, expected);
    let made: Value = market.admin.json(&links("gamma")).await;
    assert_eq!(made[0]["state"], "used");
}

#[tokio::test]
async fn a_link_is_used_once_and_then_says_so() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    let (first, second) = (opened(&market, &link).await, opened(&market, &link).await);
    assert!(
        is_let_in(&first).await && is_let_in(&second).await,
        "until somebody signs in"
    );
    sign_in(&first, "acme").await;
    assert!(is_admin(&first).await);
    assert!(!is_let_in(&second).await);
    market.acme.now().person = grace();
    sign_in(&second, "acme").await;
    assert!(!is_admin(&second).await);
    let third = market.app.browser();
    for answer in [third.page(&link).await, press(&third, &link).await] {
        assert_eq!(answer.status(), StatusCode::GONE);
        let page = answer.text().await.unwrap();
        assert!(page.contains("This setup link was used"), "{page}");
        assert!(
            page.contains("/login?return_to=%2Fsettings%2Fokta&amp;connection=acme"),
            "{page}"
        );
    }
    assert!(!is_let_in(&third).await);
}

#[tokio::test]
async fn a_revoked_link_opens_nothing_and_closes_what_it_opened() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    let browser = opened(&market, &link).await;
    let made: Value = market.admin.json(&links("acme")).await;
    assert_eq!(made[0]["state"], "open");
    assert!(made[0]["opened_at"].is_number());
    let path = format!("{}/{}", links("acme"), made[0]["id"].as_str().unwrap());
    let other = path.replace("acme", "beta");
    for (path, status) in [
        (&other, StatusCode::NOT_FOUND),
        (&path, StatusCode::NO_CONTENT),
        (&path, StatusCode::NOT_FOUND),
    ] {
        let revoked = market
            .admin
            .send_json(Method::DELETE, path, &Value::Null)
            .await;
        assert_eq!(revoked.status(), status, "{path}");
    }
    assert!(!is_let_in(&browser).await);
    sign_in(&browser, "acme").await;
    assert!(!is_admin(&browser).await);
    let answer = market.app.browser().page(&link).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("This setup link was revoked")
    );
    let made: Value = market.admin.json(&links("acme")).await;
    assert_eq!(made[0]["state"], "revoked");
    let entry = &market.admin.audit().await[0];
    assert_eq!(
        (&entry["event"], &entry["connection"]),
        (&json!("setup_link_refused"), &json!("acme"))
    );
}

#[tokio::test]
async fn an_expired_link_opens_nothing_and_closes_what_it_opened() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    let browser = opened(&market, &link).await;
    let past = sqlx::query("UPDATE okta_connection_setup SET ends_at = ends_at - 8 * 86400");
    past.execute(&mut market.app.sql().await).await.unwrap();
    assert!(!is_let_in(&browser).await);
    let stranger = market.app.browser();
    for answer in [stranger.page(&link).await, press(&stranger, &link).await] {
        assert_eq!(answer.status(), StatusCode::GONE);
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains("This setup link has expired")
        );
    }
    assert!(!is_let_in(&stranger).await);
    let made: Value = market.admin.json(&links("acme")).await;
    assert_eq!(made[0]["state"], "expired");
}

#[tokio::test]
async fn a_link_that_was_only_looked_at_opens_nothing() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    let scanner = market.app.browser();
    let page = scanner.page(&link).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("Set up sign-in for acme")
    );
    assert!(!is_let_in(&scanner).await);
    let made: Value = market.admin.json(&links("acme")).await;
    assert_eq!(made[0]["opened_at"], Value::Null);
    // Nor does another site press the button.
    let pressed = scanner.request(Method::POST, "/login/setup");
    let pressed = pressed.header("sec-fetch-site", "cross-site");
    let pressed = pressed
        .form(&[("code", code_of(&link))])
        .send()
        .await
        .unwrap();
    assert_eq!(pressed.status(), StatusCode::FORBIDDEN);
    assert!(!is_let_in(&scanner).await);
    for nonsense in ["", "guess", "%00", &"a".repeat(5000)] {
        let answer = scanner.page(&format!("/login/setup?code={nonsense}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{nonsense}");
    }
}

#[tokio::test]
async fn guesses_at_links_are_limited() {
    let market = Market::open().await;
    let stranger = market.app.browser();
    let mut attempts = 0;
    while stranger.page("/login/setup?code=guess").await.status() != StatusCode::TOO_MANY_REQUESTS {
        attempts += 1;
        assert!(attempts < 20, "ten, and what a slow machine adds");
    }
    let link = link_to(&market, "acme").await;
    assert_eq!(
        press(&stranger, &link).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    assert!(!is_let_in(&stranger).await);
}

#[tokio::test]
async fn the_right_that_a_link_gives_never_grows() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    let browser = opened(&market, &link).await;
    // Another Okta app, twice: an admin who does that keeps their access.
    for _ in 0..2 {
        let other = Provider::start(&format!("{}/acme", market.app.callback())).await;
        assert_eq!(
            browser.connect_as("acme", &form(&other)).await.status(),
            StatusCode::OK
        );
        let settings = browser.settings().await;
        assert_eq!(
            (&settings["connection_name"], &settings["is_super"]),
            (&json!("acme"), &json!(false))
        );
        assert_eq!(
            browser.api(&connection("okta")).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    // Through another connection it makes nobody an admin.
    sign_in(&browser, "beta").await;
    assert!(!is_admin(&browser).await);
    let code = market.app.new_setup_code().await;
    assert_eq!(
        press(&market.app.browser(), &format!("?code={code}"))
            .await
            .status(),
        StatusCode::NOT_FOUND
    );
    let tried = market.app.browser().try_setup_code(code_of(&link)).await;
    assert_eq!(tried.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_has_a_link_learns_nothing_of_people_and_ends_no_session_before_signing_in() {
    let market = Market::open().await;
    let roles = json!(table(&[("Engineering", "admin")]));
    let path = format!("{}/roles", connection("acme"));
    market.admin.send_json(Method::PUT, &path, &roles).await;
    let person = market.signed_in("acme").await;
    let link = link_to(&market, "acme").await;
    let browser = opened(&market, &link).await;
    let admins = format!("{}/admins", connection("acme"));
    let closed = form_with(&market.acme, |form| form.options.provisioned_only = true);
    let other_org = form(&Provider::start(&format!("{}/acme", market.app.callback())).await);
    let nobody = json!({ "issuer": "https://acme.example", "subject": "00u" });
    for (method, path, body) in [
        (Method::GET, "/api/okta/sessions", json!({})),
        (
            Method::DELETE,
            "/api/okta/sessions",
            json!({ "everybody": true }),
        ),
        (Method::DELETE, "/api/okta/sessions", nobody.clone()),
        (Method::DELETE, "/api/okta/sessions/any", json!({})),
        (Method::DELETE, admins.as_str(), nobody),
        (
            Method::GET,
            "/api/okta/connections/acme/setup-links",
            json!({}),
        ),
        (
            Method::POST,
            "/api/okta/connections/acme/setup-links",
            json!({}),
        ),
        (Method::GET, "/api/okta/audit", json!({})),
        (Method::GET, "/api/okta/audit?format=csv", json!({})),
        (Method::GET, admins.as_str(), json!({})),
        (Method::GET, "/api/okta/connections/acme/tokens", json!({})),
        (
            Method::PUT,
            "/api/okta/connections/acme/roles",
            json!(table(&[("Everyone", "admin")])),
        ),
        (Method::PUT, "/api/okta/connections/acme", json!(closed)),
        (Method::PUT, "/api/okta/connections/acme", json!(other_org)),
        (
            Method::PUT,
            "/api/okta/connections/acme?check=false",
            json!(form(&market.acme)),
        ),
        (
            Method::POST,
            "/api/okta/connections/acme/provisioning/tokens",
            json!({}),
        ),
        (
            Method::PATCH,
            "/api/okta/connections/acme",
            json!({ "sign_in_policy": { "email_domains": ["x.example"] } }),
        ),
    ] {
        let answer = browser.send_json(method.clone(), path, &body).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
    let settings = browser.settings().await;
    for people in ["admins", "seen_groups"] {
        assert_eq!(settings[people], json!([]), "{people}");
    }
    assert_eq!(settings["audit"]["entries"], json!([]));
    assert_eq!(settings["recent"]["last_sign_in"], Value::Null);
    assert!(person.is_signed_in().await);
    assert_eq!(browser.roles().await, table(&[("Engineering", "admin")]));
    // What they are there for: mending how the same Okta is connected.
    let mended = form_with(&market.acme, |form| {
        form.options.display_name = "Acme Inc.".to_owned();
    });
    assert_eq!(
        browser.connect_as("acme", &mended).await.status(),
        StatusCode::OK
    );
    assert!(person.is_signed_in().await);
}

#[tokio::test]
async fn links_are_made_by_admins_of_the_whole_app_and_bounded() {
    let market = Market::open().await;
    let acme = market.admin_of("acme").await;
    let refused = acme
        .send_json(Method::POST, &links("acme"), &json!({}))
        .await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let stranger = market.app.browser();
    let refused = stranger
        .send_json(Method::POST, &links("acme"), &json!({}))
        .await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    for (name, body, status) in [
        ("okta", json!({}), StatusCode::CONFLICT),
        ("Acme", json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            "acme",
            json!({ "days": 0 }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "acme",
            json!({ "days": 31 }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "acme",
            json!({ "days": -1 }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "acme",
            json!({ "note": "x".repeat(256) }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "acme",
            json!({ "note": "two\nlines" }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "acme",
            json!({ "valid": 3 }),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "acme",
            json!({ "days": 30, "note": " it@acme.example " }),
            StatusCode::CREATED,
        ),
    ] {
        let answer = market
            .admin
            .send_json(Method::POST, &links(name), &body)
            .await;
        assert_eq!(answer.status(), status, "{name} {body}");
    }
    let made: Value = market.admin.json(&links("acme")).await;
    assert_eq!(made[0]["note"], "it@acme.example");
    assert_eq!(made[0]["made_by"], "Ada Lovelace");
    let lasts = made[0]["ends_at"].as_i64().unwrap() - made[0]["made_at"].as_i64().unwrap();
    assert_eq!(lasts, 30 * 24 * 60 * 60);
    assert!(made[0].get("address").is_none());
    for _ in 1..20 {
        link_to(&market, "acme").await;
    }
    let one_more = market
        .admin
        .send_json(Method::POST, &links("acme"), &json!({}))
        .await;
    assert_eq!(one_more.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // The overview of the whole app has those that still work.
    let settings = market.admin.settings().await;
    assert_eq!(settings["setup_links"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn the_code_of_a_link_is_neither_stored_nor_logged() {
    let log = Log::default();
    let _listening = log.listen("trace,hyper_util=off,hyper=off,reqwest=off");
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    market.app.browser().page(&link).await;
    opened(&market, &link).await;
    assert!(!market.app.stores(code_of(&link)));
    let audit = market.admin.audit().await.to_string();
    assert!(!audit.contains(code_of(&link)));
    let lines = log.text();
    let ours: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("axum_okta"))
        .collect();
    assert!(
        ours.iter().any(|line| line.contains("setup_link_opened")),
        "{lines}"
    );
    assert!(ours.iter().all(|line| !line.contains(code_of(&link))));
}

#[tokio::test]
async fn somebody_who_is_signed_in_becomes_admin_by_signing_in_again() {
    let market = Market::open().await;
    market.acme.now().person = grace();
    let browser = market.signed_in("acme").await;
    assert!(!is_admin(&browser).await);
    let link = link_to(&market, "acme").await;
    assert_eq!(location(&press(&browser, &link).await), "/settings/okta");
    sign_in(&browser, "acme").await;
    assert!(is_admin(&browser).await);
    // The same with the setup code, for the whole app.
    market.own.now().person = grace();
    let browser = market.signed_in("okta").await;
    browser
        .enter_setup_code(&market.app.new_setup_code().await)
        .await;
    sign_in(&browser, "okta").await;
    assert!(is_admin(&browser).await);
}

#[tokio::test]
async fn an_admin_who_opens_a_link_stays_who_they_are() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    for answer in [
        market.admin.page(&link).await,
        press(&market.admin, &link).await,
    ] {
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(
            answer
                .text()
                .await
                .unwrap()
                .contains("This setup link is for somebody else")
        );
    }
    let made: Value = market.admin.json(&links("acme")).await;
    assert_eq!(
        (&made[0]["state"], &made[0]["opened_at"]),
        (&json!("open"), &Value::Null)
    );
}

#[tokio::test]
async fn links_go_with_the_connection() {
    let market = Market::open().await;
    let link = link_to(&market, "acme").await;
    let browser = opened(&market, &link).await;
    let deleted = market
        .admin
        .send_json(Method::DELETE, &connection("acme"), &Value::Null)
        .await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert!(!is_let_in(&browser).await);
    assert_eq!(
        press(&market.app.browser(), &link).await.status(),
        StatusCode::NOT_FOUND
    );
    market.acme.now().person = ada();
    let again = browser.connect_as("acme", &form(&market.acme)).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_host_says_where_its_settings_page_is() {
    let market = Market::open_with(|builder| builder.settings_page("/admin/sso")).await;
    let link = link_to(&market, "acme").await;
    let pressed = press(&market.app.browser(), &link).await;
    assert_eq!(location(&pressed), "/admin/sso");
}
