//! How an organization looks on our own pages.

use http::{Method, StatusCode, header};
use reqwest::Response;
use serde_json::{Value, json};

use super::{Market, connection};
use crate::harness::{Browser, Provider, form};

fn branding(name: &str) -> String {
    format!("{}/branding", connection(name))
}

async fn set(browser: &Browser, name: &str, branding_: &Value) -> StatusCode {
    let set = browser
        .send_json(Method::PUT, &branding(name), branding_)
        .await;
    set.status()
}

fn acme() -> Value {
    json!({
        "name": "Acme <Inc.>", "logo": "https://cdn.acme.example/logo.svg", "color": "#b3261e",
        "text": "Questions? Ask it@acme.example",
    })
}

async fn is_branded(page: Response) -> bool {
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    let text = page.text().await.unwrap();
    let has_all = text.contains("Acme &lt;Inc.&gt;")
        && text.contains("<img src=\"https://cdn.acme.example/logo.svg\" alt=\"\">")
        && text.contains("--link: #b3261e;")
        && text.contains("Questions? Ask it@acme.example");
    assert_eq!(
        has_all,
        policy.contains("img-src https://cdn.acme.example;"),
        "{policy}"
    );
    assert_eq!(
        has_all,
        text.contains("Acme"),
        "all of it, or nothing: {text}"
    );
    has_all
}

#[tokio::test]
async fn pages_of_an_organization_look_like_it_and_those_of_others_do_not() {
    let market = Market::open().await;
    assert_eq!(
        set(&market.admin, "acme", &acme()).await,
        StatusCode::NO_CONTENT
    );
    let shown: Value = market.admin.json(&branding("acme")).await;
    assert_eq!(shown, acme());
    let stranger = market.app.browser();

    // A refused sign-in.
    for (name, expected) in [("acme", true), ("beta", false), ("okta", false)] {
        let login = stranger.page(&format!("/login?connection={name}")).await;
        let callback = stranger.at_provider(&login).await;
        let refused = callback.replace("code=", "error=access_denied&was=");
        let answer = stranger.page(&refused).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(is_branded(answer).await, expected, "{name}");
    }

    // The way in, where there is more than one.
    Market::connect(&market.app, &market.admin, "acme-eu").await;
    let change = json!({ "organization": "acme" });
    assert_eq!(market.change("acme-eu", change).await, StatusCode::OK);
    assert!(is_branded(stranger.page("/login?organization=acme").await).await);
    assert!(!is_branded(stranger.page("/login").await).await);
    // The other connection of the organization looks the same.
    assert_eq!(
        market.admin.json::<Value>(&branding("acme-eu")).await,
        acme()
    );

    // A setup link, also for a connection that isn't there yet.
    assert_eq!(
        set(&market.admin, "gamma", &acme()).await,
        StatusCode::NO_CONTENT
    );
    for (name, expected) in [("acme", true), ("gamma", true), ("beta", false)] {
        let links = format!("{}/setup-links", connection(name));
        let made = market
            .admin
            .send_json(Method::POST, &links, &json!({}))
            .await;
        let made: Value = made.json().await.unwrap();
        let page = stranger.page(made["address"].as_str().unwrap()).await;
        assert_eq!(is_branded(page).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_color_that_cannot_be_read_and_a_logo_from_nowhere_are_refused() {
    let market = Market::open().await;
    let path = branding("acme");
    for (branding, words) in [
        (json!({ "color": "#ffcc00" }), "4.5 to 1"),
        (json!({ "color": "red; } body { display: none" }), "#b3261e"),
        (
            json!({ "logo": "http://acme.example/logo.png" }),
            "https address",
        ),
        (
            json!({ "logo": "data:text/html;base64,PGI+" }),
            "https address",
        ),
        (json!({ "name": "x".repeat(101) }), "100 characters"),
        (json!({ "text": "x".repeat(501) }), "500"),
    ] {
        let refused = market.admin.send_json(Method::PUT, &path, &branding).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{branding}"
        );
        let problem: Value = refused.json().await.unwrap();
        assert!(
            problem["detail"].as_str().unwrap().contains(words),
            "{problem}"
        );
    }
    let shown: Value = market.admin.json(&branding("acme")).await;
    assert_eq!(shown["color"], "");
}

#[tokio::test]
async fn an_admin_of_an_organization_changes_its_branding_and_no_others() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    assert_eq!(set(&admin, "acme", &acme()).await, StatusCode::NO_CONTENT);
    for other in ["okta", "beta", "nobody"] {
        assert_eq!(
            set(&admin, other, &acme()).await,
            StatusCode::NOT_FOUND,
            "{other}"
        );
    }
    let stranger = market.app.browser();
    assert_eq!(
        set(&stranger, "acme", &acme()).await,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn branding_goes_with_the_last_connection_of_the_organization() {
    let market = Market::open().await;
    set(&market.admin, "acme", &acme()).await;
    Market::connect(&market.app, &market.admin, "acme-eu").await;
    market
        .change("acme-eu", json!({ "organization": "acme" }))
        .await;
    let delete = async |name: &str| {
        let path = connection(name);
        let deleted = market
            .admin
            .send_json(Method::DELETE, &path, &Value::Null)
            .await;
        assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    };
    delete("acme").await;
    assert_eq!(
        market.admin.json::<Value>(&branding("acme-eu")).await,
        acme()
    );
    delete("acme-eu").await;
    let again = Provider::start(&format!("{}/acme", market.app.callback())).await;
    market.admin.connect_as("acme", &form(&again)).await;
    let shown: Value = market.admin.json(&branding("acme")).await;
    assert_eq!(shown["name"], "");
}
