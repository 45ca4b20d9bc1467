//! Whatever an admin of one organization tries, they see and change nothing of another's.

use http::{Method, StatusCode};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{Market, connection};
use crate::harness::{Browser, form, table};

/// What is only beta's, and so is in no answer to anybody else.
const SECRETS: [&str; 5] = [
    "beta-inc.example",
    "Beta & Sons",
    "beta-editor",
    "00u9beta",
    "Beta Team",
];
const REQUESTS: u32 = 150;

#[derive(Clone, Debug)]
struct Attempt {
    method: Method,
    path: String,
    body: Value,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let method = prop::sample::select(vec![
        Method::GET,
        Method::PUT,
        Method::PATCH,
        Method::POST,
        Method::DELETE,
    ]);
    let name = prop::sample::select(vec![
        "acme", "beta", "okta", "BETA", "beta%2F", "%62eta", "..",
    ]);
    let rest = prop::sample::select(vec![
        "",
        "/roles",
        "/admins",
        "/domains",
        "/domains/beta.example",
        "/domains/acme.example",
        "/test",
    ]);
    let path = prop_oneof![
        4 => (name, rest).prop_map(|(name, rest)| format!("/api/okta/connections/{name}{rest}")),
        1 => prop::sample::select(vec![
            "/api/okta/connections",
            "/api/okta/connections?search=beta",
            "/api/okta/connections?after=acme",
            "/api/okta/roles",
            "/api/okta/admins",
            "/api/okta/sessions",
            "/api/okta/sessions?person=00u9beta",
            "/api/okta/audit",
            "/api/okta/audit?connection=beta",
            "/api/okta/audit?person=00u9beta",
            "/api/okta/audit?format=csv",
            "/api/identity",
            "/api/identity/sessions",
            "/settings",
        ]).prop_map(str::to_owned),
    ];
    let body = prop::sample::select(vec![
        json!({}),
        json!({ "organization": "beta" }),
        json!({ "display_name": "Acme", "enabled": false }),
        json!({ "rules": [{ "group": "Engineering", "role": "admin" }] }),
        json!({ "everybody": true }),
        json!({ "subject": "00u9beta", "issuer": "ISSUER" }),
        json!({ "client_id": "0oa1testclient", "client_secret": "x", "issuer": "ISSUER" }),
    ]);
    (method, path, body).prop_map(|(method, path, body)| Attempt { method, path, body })
}

/// All that beta has, as an admin of the whole app sees it.
async fn state(market: &Market) -> Vec<Value> {
    let mut state = Vec::new();
    for rest in ["", "/roles", "/admins", "/domains"] {
        state.push(
            market
                .admin
                .json(&format!("{}{rest}", connection("beta")))
                .await,
        );
    }
    state
}

#[tokio::test]
async fn an_admin_of_one_organization_sees_and_changes_only_theirs() {
    let market = Market::open().await;
    market.beta.now().person = json!({
        "sub": "00u9beta", "name": "Beta & Sons", "email": "ada@beta-inc.example",
        "groups": ["Engineering", "Beta Team"],
    });
    market.verify("beta", "beta-inc.example").await;
    market
        .change("beta", json!({ "display_name": "Beta & Sons" }))
        .await;
    let roles = format!("{}/roles", connection("beta"));
    let editors = json!(table(&[("Engineering", "beta-editor")]));
    market.admin.send_json(Method::PUT, &roles, &editors).await;
    let beta = market.signed_in("beta").await;
    let mut admin = market.admin_of("acme").await;
    let before = state(&market).await;

    let mut runner = TestRunner::new(Config::default());
    for _ in 0..REQUESTS {
        let attempt = attempt().new_tree(&mut runner).unwrap().current();
        let body = attempt
            .body
            .to_string()
            .replace("ISSUER", &market.beta.issuer);
        let request = admin.request(attempt.method.clone(), &attempt.path);
        let request = request
            .header("content-type", "application/json")
            .body(body);
        let answer = request.send().await.unwrap();
        assert_ne!(
            answer.status(),
            StatusCode::INTERNAL_SERVER_ERROR,
            "{attempt:?}"
        );
        let text = answer.text().await.unwrap();
        for secret in SECRETS {
            // What was asked for may be repeated.
            let own = attempt.path.contains(secret) || attempt.body.to_string().contains(secret);
            assert!(
                own || !text.contains(secret),
                "{attempt:?} shows {secret}: {text}"
            );
        }
        assert!(beta.is_signed_in().await, "{attempt:?}");
        if !is_admin(&admin).await {
            admin = again(&market).await;
        }
    }
    assert_eq!(state(&market).await, before);
    assert_eq!(beta.identity().await["roles"], json!(["beta-editor"]));
}

/// They may take their own rights away, or end their own sessions.
async fn is_admin(admin: &Browser) -> bool {
    admin.api("/api/okta/roles").await.status() == StatusCode::OK
}

async fn again(market: &Market) -> Browser {
    let connected = market.admin.connect_as("acme", &form(&market.acme)).await;
    assert_eq!(connected.status(), StatusCode::OK);
    market.admin_of("acme").await
}
