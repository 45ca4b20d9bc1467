//! Test connection: the checks again, then a real sign-in that starts no session and shows what
//! arrived.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{App, Browser, CLIENT_ID, Provider, form_with, grace, location, table};

/// Presses Test and goes to the provider; gives the way back.
async fn start(browser: &Browser) -> reqwest::Response {
    browser
        .request(Method::POST, "/api/okta/connections/okta/test")
        .form(&[("return_to", "/settings")])
        .send()
        .await
        .unwrap()
}

/// The whole way; gives the callback's answer.
async fn test(browser: &Browser) -> reqwest::Response {
    let started = start(browser).await;
    assert_eq!(started.status(), StatusCode::SEE_OTHER);
    let callback = browser.at_provider(&started).await;
    browser.page(&callback).await
}

/// What the settings page would show of it.
async fn report(browser: &Browser) -> Value {
    browser.settings().await["tested"].take()
}

async fn ready() -> (App, Provider, Browser) {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    (app, provider, admin)
}

#[tokio::test]
async fn it_shows_what_arrived_and_starts_no_session() {
    let (_app, provider, admin) = ready().await;
    admin
        .set_roles(&table(&[
            ("Engineering", "editor"),
            ("engineering", "author"),
            ("Ghosts", "ghost"),
        ]))
        .await;
    provider.now().userinfo = json!({ "phone_number": "+44 1" });
    let back = test(&admin).await;
    assert_eq!(location(&back), "/settings");
    assert!(!admin.is_signed_in().await);

    let report = report(&admin).await;
    assert_eq!(report["refused"], Value::Null);
    assert_eq!(report["id_token"]["sub"], "00u1ada");
    assert_eq!(report["id_token"]["aud"], json!([CLIENT_ID]));
    assert_eq!(report["user_info"]["phone_number"], "+44 1");
    assert_eq!(report["groups"], json!(["Engineering", "Everyone"]));
    assert_eq!(report["groups_explained"], "2 from userinfo.");
    assert_eq!(report["roles"], json!(["editor"]));
    let absent = report["absent"].as_array().unwrap();
    assert_eq!(absent[0][0], "engineering");
    assert!(absent[0][1].as_str().unwrap().contains("“Engineering”"));
    assert_eq!(absent[1][0], "Ghosts");
    let text = report.to_string();
    assert!(
        !text.contains("an-access-token") && !text.contains("eyJ"),
        "no tokens"
    );
}

#[tokio::test]
async fn it_leaves_the_admins_own_session_as_it_is() {
    let (_app, provider, admin) = ready().await;
    admin.sign_in("/").await;
    let before = admin.identity().await;
    provider.now().person = grace();
    test(&admin).await;
    assert_eq!(admin.identity().await, before);
    assert_eq!(report(&admin).await["id_token"]["sub"], "00u2grace");
}

#[tokio::test]
async fn it_says_why_a_sign_in_would_be_refused() {
    let (_app, provider, admin) = ready().await;
    admin.set_roles(&table(&[("Engineering", "editor")])).await;
    provider.now().person["groups"] = Value::Null;
    test(&admin).await;
    let without_groups = report(&admin).await;
    assert!(
        without_groups["refused"]
            .as_str()
            .unwrap()
            .contains("send the claim `groups`")
    );
    assert_eq!(
        without_groups["id_token"]["sub"], "00u1ada",
        "and what did arrive"
    );

    provider.now().callback =
        json!({ "code": null, "error": "access_denied", "error_description": "not assigned" });
    test(&admin).await;
    assert!(
        report(&admin).await["refused"]
            .as_str()
            .unwrap()
            .contains("not assigned")
    );

    provider.now().callback = json!({});
    provider.now().id_token = json!({ "aud": "somebody-else" });
    test(&admin).await;
    assert!(
        report(&admin).await["refused"]
            .as_str()
            .unwrap()
            .contains("ID token was rejected")
    );
}

#[tokio::test]
async fn checks_that_fail_send_nobody_to_okta() {
    let (_app, provider, admin) = ready().await;
    provider.now().redirect_uris.clear();
    let back = start(&admin).await;
    assert_eq!(location(&back), "/settings");
    let settings = admin.settings().await;
    let failed = settings["report"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["outcome"] == "failed");
    assert_eq!(failed.unwrap()["name"], "redirect_uri");
}

#[tokio::test]
async fn it_is_for_admins_only_also_on_the_way_back() {
    let (app, provider, admin) = ready().await;
    assert_eq!(
        start(&app.browser()).await.status(),
        StatusCode::UNAUTHORIZED
    );
    admin.sign_in("/").await;
    let grace = app.signed_in(&provider, grace()).await;
    assert_eq!(start(&grace).await.status(), StatusCode::FORBIDDEN);

    // Whoever lost the right while they were at Okta sees nothing.
    admin.set_roles(&table(&[("Everyone", "admin")])).await;
    provider.now().person["groups"] = json!(["Everyone"]);
    let grace = app.browser();
    grace.sign_in("/").await;
    let started = start(&grace).await;
    let callback = grace.at_provider(&started).await;
    admin.set_roles(&table(&[])).await;
    let refused = grace.page(&callback).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains("The test was not finished")
    );
}

#[tokio::test]
async fn another_site_cannot_start_it() {
    let (_app, _provider, admin) = ready().await;
    let answer = admin
        .request(Method::POST, "/api/okta/connections/okta/test")
        .header("sec-fetch-site", "cross-site")
        .form(&[("return_to", "/settings")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn it_names_who_signed_in_and_the_extra_claims_that_did_not_come() {
    let (_app, provider, admin) = ready().await;
    let form = form_with(&provider, |form| {
        form.options.claims = ["locale", "department"].map(str::to_owned).to_vec();
    });
    admin.connect(&form).await;
    test(&admin).await;
    let shown = report(&admin).await;
    assert_eq!(shown["person"], "Ada Lovelace (00u1ada)");
    assert_eq!(shown["missing_claims"], json!(["department"]));

    // What arrived through the connection of before says nothing of a changed one.
    admin.connect(&form).await;
    assert_eq!(report(&admin).await, Value::Null);
}

#[tokio::test]
async fn it_names_the_claims_that_were_left_out_and_says_why_there_is_no_userinfo() {
    let (_app, provider, admin) = ready().await;
    provider.now().id_token = json!({ "address": "12 St James’s Square", "updated_at": "now" });
    provider.now().userinfo = json!({ "updated_at": "now", "picture": "http://example.com/a.png" });
    test(&admin).await;
    let shown = report(&admin).await;
    assert_eq!(shown["refused"], Value::Null);
    assert_eq!(
        shown["left_out"],
        json!(["address", "picture", "updated_at"])
    );
    assert_eq!(shown["no_user_info"], Value::Null);
    assert!(!shown.to_string().contains("Square"), "{shown}");

    provider.now().userinfo_answer =
        Some((StatusCode::UNAUTHORIZED, http::HeaderMap::new(), "".into()));
    test(&admin).await;
    let shown = report(&admin).await;
    assert_eq!(shown["refused"], Value::Null);
    assert_eq!(shown["no_user_info"], "it responded with status 401");
    assert_eq!(shown["user_info"], Value::Null);
}
