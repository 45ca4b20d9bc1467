//! Claims that are not what OpenID Connect says: left out, and nobody is refused for them.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{App, Browser, Log, Provider, Signature, form_with};

/// Each alone once refused a sign-in.
fn odd() -> Vec<(&'static str, Value)> {
    vec![
        ("email_verified", json!("yes")),
        ("email_verified", json!(1)),
        ("updated_at", json!("2026-01-01T00:00:00Z")),
        ("updated_at", json!("yesterday")),
        ("address", json!("12 St James’s Square")),
        ("phone_number_verified", json!("no")),
        ("phone_number", json!(44)),
        ("name", json!(["Ada"])),
        ("given_name#de", json!({ "Ada": true })),
        ("email", json!(["ada@example.com"])),
        ("locale", json!(49)),
        ("zoneinfo", json!(1)),
        ("gender", json!(2)),
        ("website", json!(["https://example.com"])),
        ("picture", json!({ "url": "https://example.com/ada.png" })),
        ("auth_time", json!("now")),
        ("acr", json!(1)),
        ("amr", json!(7)),
        ("at_hash", json!(false)),
    ]
}

async fn is_let_in(app: &App, what: &str) -> (Browser, Value) {
    let browser = app.browser();
    let done = browser.sign_in("/").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER, "{what}");
    let identity = browser.identity().await;
    assert_eq!(identity["subject"], "00u1ada", "{what}");
    (browser, identity)
}

async fn connected() -> (App, Provider) {
    let app = App::start_with(|builder| builder.sign_ins_per_minute(1_000_000)).await;
    let (provider, _admin) = app.connected().await;
    (app, provider)
}

#[tokio::test]
async fn an_optional_claim_of_another_type_in_the_id_token_is_left_out() {
    let (app, provider) = connected().await;
    for (name, value) in odd() {
        let log = Log::default();
        let _listening = log.listen("axum_okta=info");
        provider.now().id_token = json!({ name: value });
        // Userinfo has nothing in place of it.
        provider.now().userinfo = json!({ name: null });
        let (_browser, identity) = is_let_in(&app, name).await;
        if name == "email_verified" {
            assert_eq!(identity["email_verified"], false);
        }
        let text = log.text();
        let noted = format!("\"claims\":\"{name}\"");
        assert!(text.contains(&noted), "{text}");
        // What nobody asked about is a person's own.
        assert!(
            !text.contains("Square") && !text.contains("yesterday"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_optional_claim_of_another_type_in_userinfo_is_left_out() {
    let (app, provider) = connected().await;
    provider.now().thin = true;
    for signature in [None, Some(Signature::Key(0))] {
        provider.now().userinfo_signature = signature;
        for (name, value) in odd() {
            if ["auth_time", "acr", "amr", "at_hash"].contains(&name) {
                continue;
            }
            provider.now().userinfo = json!({ name: value });
            let (_browser, identity) = is_let_in(&app, name).await;
            // The rest of it is there.
            assert_eq!(
                identity["groups"],
                json!(["Engineering", "Everyone"]),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_left_out_is_signed_all_the_same() {
    let (app, provider) = connected().await;
    provider.now().id_token = json!({ "address": "12 St James’s Square" });
    is_let_in(&app, "with a signature that holds").await;
    for signature in [Signature::Broken, Signature::Key(1), Signature::None] {
        provider.now().signature = signature;
        let browser = app.browser();
        let refused = browser.sign_in("/").await;
        assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await);
    }
    provider.now().signature = Signature::Key(0);
    provider.now().thin = true;
    provider.now().userinfo = json!({ "address": "12 St James’s Square" });
    provider.now().userinfo_signature = Some(Signature::Broken);
    let browser = app.browser();
    let refused = browser.sign_in("/").await;
    assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn booleans_may_be_text() {
    let (app, provider) = connected().await;
    provider.now().id_token = json!({ "email_verified": "true", "phone_number_verified": "false" });
    let (_browser, identity) = is_let_in(&app, "text").await;
    assert_eq!(identity["email_verified"], true);
    provider.now().id_token = json!({ "email_verified": "false" });
    let (_browser, identity) = is_let_in(&app, "text").await;
    assert_eq!(identity["email_verified"], false);
}

#[tokio::test]
async fn a_claim_that_is_null_says_nothing() {
    let (app, provider) = connected().await;
    provider.now().thin = true;
    let log = Log::default();
    let _listening = log.listen("axum_okta=info");
    let json = HeaderValue::from_static("application/json");
    provider.now().userinfo_answer = Some((
        StatusCode::OK,
        HeaderMap::from_iter([(header::CONTENT_TYPE, json)]),
        r#"{"sub": "00u1ada", "name": null, "picture": null, "groups": []}"#.into(),
    ));
    let (_browser, identity) = is_let_in(&app, "null").await;
    assert_eq!(identity["name"], Value::Null);
    assert_eq!(identity["groups"], json!([]));
    assert!(!log.text().contains("left out"), "{}", log.text());
}

#[tokio::test]
async fn a_picture_is_an_https_address_or_none() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let form = form_with(&provider, |form| {
        form.options.claims = vec!["picture".to_owned()];
    });
    admin.connect(&form).await;
    for picture in [
        "http://example.com/ada.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//example.com/ada.png",
        "ada.png",
        "",
    ] {
        provider.now().person["picture"] = json!(picture);
        let (_browser, identity) = is_let_in(&app, picture).await;
        assert_eq!(identity["picture"], Value::Null, "{picture}");
        assert_eq!(identity["claims"], json!({}), "{picture}");
    }
    provider.now().person["picture"] = json!("https://example.com/ada.png");
    let (_browser, identity) = is_let_in(&app, "https").await;
    assert_eq!(identity["picture"], "https://example.com/ada.png");
}
