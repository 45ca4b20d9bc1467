//! Mix-up attacks (RFC 9700 §4.4): an answer of one provider is passed off as another's.

use http::{Method, StatusCode};
use serde_json::json;

use super::{Market, connection};
use crate::harness::{Provider, location};

/// The way back from a provider, to another address of the app.
fn at(callback: &str, path: &str) -> String {
    let (_, query) = callback.split_once('?').unwrap();
    format!("{path}?{query}")
}

#[tokio::test]
async fn an_answer_counts_at_the_address_of_its_connection_alone() {
    let market = Market::open().await;
    let right = "/authorization-code/callback/acme";
    for wrong in [
        "/authorization-code/callback",
        "/authorization-code/callback/okta",
        "/authorization-code/callback/beta",
        "/authorization-code/callback/nobody",
        "/authorization-code/callback/ACME",
        "/authorization-code/callback/%61cme",
    ] {
        let browser = market.app.browser();
        let login = browser.page("/login?connection=acme").await;
        let callback = browser.at_provider(&login).await;
        let asked = |provider: &Provider| provider.asked("token");
        let before = [&market.own, &market.acme, &market.beta].map(asked);
        let answer = browser.page(&at(&callback, wrong)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
        let after = [&market.own, &market.acme, &market.beta].map(asked);
        assert_eq!(before, after, "nobody was given the code");
        let entry = &market.admin.audit().await[0];
        assert_eq!(
            (&entry["event"], &entry["connection"]),
            (&json!("sign_in_refused"), &json!("acme"))
        );
        let detail = entry["detail"].as_str().unwrap();
        assert!(
            detail.contains("`acme` arrived at /authorization-code/callback"),
            "{detail}"
        );
        // It is over: the right address doesn't help either.
        let answer = browser.page(&at(&callback, right)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{wrong}");
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_answer_of_the_first_connection_counts_at_no_other_address() {
    let market = Market::open().await;
    let browser = market.app.browser();
    let login = browser.page("/login?connection=okta").await;
    let callback = browser.at_provider(&login).await;
    let answer = browser
        .page(&at(&callback, "/authorization-code/callback/acme"))
        .await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn the_issuer_that_is_named_has_to_be_the_connections() {
    let market = Market::open().await;
    market.acme.now().callback = json!({ "iss": market.beta.issuer });
    let browser = market.app.browser();
    let answer = browser.sign_in_at("/login?connection=acme").await;
    assert!(!answer.status().is_redirection(), "{}", answer.status());
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn keys_of_another_connection_sign_nothing() {
    let market = Market::open().await;
    // Acme's provider sends an ID token that beta's could have sent, and beta's is for nobody here.
    market.acme.now().id_token = json!({ "iss": market.beta.issuer });
    let browser = market.app.browser();
    let answer = browser.sign_in_at("/login?connection=acme").await;
    assert!(!answer.status().is_redirection(), "{}", answer.status());
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_posted_answer_comes_back_to_its_own_address() {
    let market = Market::open().await;
    let browser = market.app.browser();
    let login = browser.page("/login?connection=acme").await;
    let callback = browser.at_provider(&login).await;
    let answer = market.app.post_callback(&callback).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let back = location(&answer);
    assert!(
        back.starts_with("/authorization-code/callback/acme?"),
        "{back}"
    );
    assert_eq!(browser.page(&back).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.identity().await["connection"], "acme");
}

#[tokio::test]
async fn a_session_belongs_to_the_connection_it_came_through_and_not_to_its_name() {
    let market = Market::open().await;
    let (acme, beta) = (
        market.signed_in("acme").await,
        market.signed_in("beta").await,
    );
    let deleted = acme.request(Method::DELETE, &connection("acme"));
    assert_eq!(
        deleted.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let path = connection("acme");
    let deleted = market
        .admin
        .send_json(Method::DELETE, &path, &json!(null))
        .await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert!(!acme.is_signed_in().await && beta.is_signed_in().await);
    let _again = Market::connect(&market.app, &market.admin, "acme").await;
    assert!(!acme.is_signed_in().await);
}
