//! Setup links and branding, as programs make them.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Program, TOKENS, create};
use crate::organizations::{Market, connection};

fn links(name: &str) -> String {
    format!("{}/setup-links", connection(name))
}

#[tokio::test]
async fn a_program_prepares_an_organization_and_makes_its_setup_link() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    let branding = format!("{}/branding", connection("gamma"));
    let looks = json!({ "name": "Gamma Ltd", "logo": "", "color": "#b3261e", "text": "" });
    let set = program.send(Method::PUT, &branding, &looks).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    assert_eq!(program.json(&branding).await, looks);

    let form = json!({ "note": "it@gamma.example", "days": 3 });
    let made = program.send(Method::POST, &links("gamma"), &form).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    let address = made["address"].as_str().unwrap();
    let page = market.app.browser().page(address).await;
    assert!(page.text().await.unwrap().contains("for Gamma Ltd"));
    let listed = program.json(&links("gamma")).await;
    assert_eq!(listed[0]["note"], "it@gamma.example");
    assert_eq!(
        (&listed[0]["made_by"], &listed[0]["state"]),
        (&json!(""), &json!("open"))
    );
    assert!(!listed.to_string().contains("code="));

    let id = made["id"].as_str().unwrap();
    let path = format!("{}/{id}", links("gamma"));
    let revoked = program.send(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(revoked.status(), StatusCode::NO_CONTENT);
    let page = market.app.browser().page(address).await;
    assert_eq!(page.status(), StatusCode::GONE);
    let audit = program.json("/api/okta/audit?connection=gamma").await;
    let entries = audit["entries"].as_array().unwrap().iter();
    let by_program = entries.filter(|entry| entry["actor"]["kind"] == "token");
    let events: Vec<&Value> = by_program.map(|entry| &entry["event"]).collect();
    assert_eq!(
        events,
        ["setup_link_revoked", "setup_link_made", "connected"]
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_setup_link_is_said_of_its_field() {
    let market = Market::open().await;
    let program = Program::of_whole_app(&market.app, &market.admin).await;
    for (form, pointer) in [
        (json!({ "days": "seven" }), "/days"),
        (json!({ "note": 1 }), "/note"),
    ] {
        let refused = program.send(Method::POST, &links("acme"), &form).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let text = program.request(Method::POST, &links("acme")).body("{}");
    let text = text.send().await.unwrap();
    assert_eq!(text.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// Whoever made one for themselves would let others in.
#[tokio::test]
async fn a_token_of_one_organization_makes_and_lists_no_setup_links() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let form = json!({ "name": "Acme", "access": "write" });
    let form = serde_json::from_value(form).unwrap();
    let program = Program::new(&market.app, create(&admin, TOKENS, form).await.0);
    for (method, path) in [
        (Method::GET, links("acme")),
        (Method::POST, links("acme")),
        (Method::DELETE, format!("{}/any", links("acme"))),
    ] {
        let refused = program.send(method.clone(), &path, &json!({})).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
    let branding = format!("{}/branding", connection("acme"));
    let looks = json!({ "name": "Acme Inc." });
    let set = program.send(Method::PUT, &branding, &looks).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT, "its own");
}
