//! Points 3 and 9: a right to the settings lasts as long as its reason.

use axum_okta::OktaBuilder;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{App, CONNECTION, Provider, SETUP_CODE, ada, form, grace, table};

async fn named_admins(value: &Value) -> Vec<&str> {
    let admins = value.as_array().unwrap().iter();
    admins
        .map(|admin| admin["subject"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_admin_who_was_removed_keeps_nothing_that_a_reconnect_gave_them() {
    let app = App::start().await;
    let (provider, ada_browser) = app.connected().await;
    ada_browser.sign_in("/").await;
    // Grace becomes the second named admin.
    let code = app.new_setup_code().await;
    let grace_browser = app.browser();
    grace_browser.enter_setup_code(&code).await;
    provider.now().person = grace();
    grace_browser.sign_in("/").await;

    // Ada reconnects, and holds the settings open without being signed in.
    ada_browser.disconnect().await;
    ada_browser.connect(&form(&provider)).await;
    assert_eq!(
        ada_browser.api("/api/okta/roles").await.status(),
        StatusCode::OK
    );

    let grace_browser = app.signed_in(&provider, grace()).await;
    let removed = grace_browser
        .request(Method::DELETE, "/api/okta/admins")
        .json(&json!({ "issuer": provider.issuer, "subject": "00u1ada" }))
        .send()
        .await
        .unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);

    let closed = ada_browser.api("/api/okta/roles").await;
    assert_eq!(closed.status(), StatusCode::UNAUTHORIZED);
    let report = ada_browser.connect(&form(&provider)).await;
    assert_eq!(report.status(), StatusCode::UNAUTHORIZED);
    provider.now().person = ada();
    ada_browser.sign_in("/").await;
    let admins: Value = grace_browser.json("/api/okta/admins").await;
    assert_eq!(named_admins(&admins).await, ["00u2grace"]);
}

#[tokio::test]
async fn an_admin_by_a_role_who_reconnects_stays_one_by_the_role_alone() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    let mut by_role = grace();
    by_role["groups"] = json!(["Support"]);
    admin.set_roles(&table(&[("Support", "admin")])).await;
    let grace_browser = app.signed_in(&provider, by_role).await;

    // To another provider, where nobody is a named admin.
    let other = Provider::start(&app.callback()).await;
    let report = grace_browser.connect(&form(&other)).await;
    assert_eq!(report.status(), StatusCode::OK);
    let mut by_role = grace();
    by_role["groups"] = json!(["Support"]);
    other.now().person = by_role;
    grace_browser.sign_in("/").await;
    assert_eq!(grace_browser.api(CONNECTION).await.status(), StatusCode::OK);
    let admins: Value = grace_browser.json("/api/okta/admins").await;
    assert_eq!(named_admins(&admins).await, ["00u1ada"], "and no one else");
}

#[tokio::test]
async fn a_right_that_a_role_gave_goes_with_the_role() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.set_roles(&table(&[("Support", "admin")])).await;
    let mut by_role = grace();
    by_role["groups"] = json!(["Support"]);
    let grace_browser = app.signed_in(&provider, by_role).await;
    grace_browser.disconnect().await;
    grace_browser.connect(&form(&provider)).await;
    let roles = "/api/okta/roles";
    assert_eq!(grace_browser.api(roles).await.status(), StatusCode::OK);

    let admin = app.signed_in(&provider, ada()).await;
    admin.set_roles(&table(&[])).await;
    let closed = grace_browser.api(roles).await;
    assert_eq!(closed.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_blank_setup_code_opens_nothing_whoever_sets_it() {
    let blank = |builder: OktaBuilder| builder.setup_code("  ");
    let app = App::start_with(blank).await;
    for code in ["", "  ", "\t"] {
        let tried = app.browser().try_setup_code(code).await;
        assert_eq!(tried.status(), StatusCode::FORBIDDEN, "{code:?}");
    }
    // A setup without a code, which a reconnect keeps open, has an empty hash: no code is of it.
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    admin.disconnect().await;
    admin.connect(&form(&provider)).await;
    for code in ["", " ", SETUP_CODE] {
        let tried = app.browser().try_setup_code(code).await;
        assert_eq!(tried.status(), StatusCode::FORBIDDEN, "{code:?}");
    }
}
