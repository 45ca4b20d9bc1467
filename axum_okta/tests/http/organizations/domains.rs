//! Email domains lead to a connection once they are verified.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Market, connection};

#[tokio::test]
async fn a_domain_counts_once_it_is_verified() {
    let market = Market::open().await;
    let path = format!("{}/domains/ACME.example", connection("acme"));
    let claimed = market
        .admin
        .send_json(Method::PUT, &path, &Value::Null)
        .await;
    assert_eq!(claimed.status(), StatusCode::OK);
    let claimed: Value = claimed.json().await.unwrap();
    assert_eq!(claimed["name"], "acme.example");
    assert_eq!(claimed["record_name"], "_okta-sign-in.acme.example");
    assert!(
        claimed["record"]
            .as_str()
            .unwrap()
            .starts_with("okta-sign-in-verification=")
    );
    assert_eq!(claimed["verified_at"], Value::Null);
    assert_eq!(
        market.leads_to("/login?domain_hint=acme.example").await,
        None
    );
    // The record stays the same, so that whoever asks again doesn't have to begin again.
    let again = market
        .admin
        .send_json(Method::PUT, &path, &Value::Null)
        .await;
    assert_eq!(again.json::<Value>().await.unwrap(), claimed);

    assert_eq!(market.verify("acme", "acme.example").await, StatusCode::OK);
    assert_eq!(
        market.leads_to("/login?domain_hint=acme.example").await,
        Some("acme")
    );
    let list: Value = market
        .admin
        .json(&format!("{}/domains", connection("acme")))
        .await;
    assert!(list[0]["verified_at"].is_number());

    let removed = market
        .admin
        .send_json(Method::DELETE, &path, &Value::Null)
        .await;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert_eq!(
        market.leads_to("/login?domain_hint=acme.example").await,
        None
    );
    let removed = market
        .admin
        .send_json(Method::DELETE, &path, &Value::Null)
        .await;
    assert_eq!(removed.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_domain_leads_to_one_connection_whoever_else_claims_it() {
    let market = Market::open().await;
    assert_eq!(market.verify("acme", "acme.example").await, StatusCode::OK);
    // Nobody learns that it is taken by claiming it.
    let path = format!("{}/domains/acme.example", connection("beta"));
    let claimed = market
        .admin
        .send_json(Method::PUT, &path, &Value::Null)
        .await;
    assert_eq!(claimed.status(), StatusCode::OK);
    let taken = market
        .admin
        .send_json(Method::POST, &path, &Value::Null)
        .await;
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    assert_eq!(
        market.leads_to("/login?domain_hint=acme.example").await,
        Some("acme")
    );

    // With the connection its domains go.
    let gone = market
        .admin
        .send_json(Method::DELETE, &connection("acme"), &Value::Null)
        .await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(market.verify("beta", "acme.example").await, StatusCode::OK);
    assert_eq!(
        market.leads_to("/login?domain_hint=acme.example").await,
        Some("beta")
    );
    let app = market.app.restart().await;
    let login = app.browser().page("/login?domain_hint=acme.example").await;
    assert!(crate::harness::location(&login).starts_with(&market.beta.issuer));
}

#[tokio::test]
async fn what_is_no_domain_is_refused() {
    let market = Market::open().await;
    for nonsense in [
        "acme",
        "ada%40acme.example",
        "192.0.2.1",
        "acme..example",
        "%00.example",
    ] {
        let path = format!("{}/domains/{nonsense}", connection("acme"));
        let refused = market
            .admin
            .send_json(Method::PUT, &path, &json!(null))
            .await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{nonsense}"
        );
    }
}
