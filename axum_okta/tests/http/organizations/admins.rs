//! Admins of one organization, and those of the whole app.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Market, connection};
use crate::harness::{Browser, Provider, form, grace, table};

#[tokio::test]
async fn roles_are_those_of_the_connection_that_somebody_came_through() {
    let market = Market::open().await;
    market
        .admin
        .set_roles(&table(&[("Engineering", "editor")]))
        .await;
    let path = format!("{}/roles", connection("acme"));
    let authors = json!(table(&[("Engineering", "author")]));
    let set = market.admin.send_json(Method::PUT, &path, &authors).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    let of = async |name: &str| market.signed_in(name).await.identity().await["roles"].clone();
    assert_eq!(of("acme").await, json!(["author"]));
    assert_eq!(of("beta").await, json!([]));
    assert_eq!(of("okta").await, json!(["admin", "editor"]));
    // A change counts at once, for its connection.
    let (acme, beta) = (
        market.signed_in("acme").await,
        market.signed_in("beta").await,
    );
    let editors = json!(table(&[("Everyone", "editor")]));
    market.admin.send_json(Method::PUT, &path, &editors).await;
    assert_eq!(acme.identity().await["roles"], json!(["editor"]));
    assert_eq!(beta.identity().await["roles"], json!([]));
    let unknown = format!("{}/roles", connection("nobody"));
    let unknown = market
        .admin
        .send_json(Method::PUT, &unknown, &editors)
        .await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_operators_group_is_that_of_the_first_connection() {
    let market = Market::open_with(|builder| builder.admin_group("Engineering")).await;
    let admin = market.signed_in("okta").await;
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
    let acme = market.signed_in("acme").await;
    assert_eq!(acme.identity().await["roles"], json!([]));
    assert_eq!(
        acme.api("/api/okta/connections").await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn an_admin_of_one_organization_has_its_settings_and_no_others() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let page: Value = admin.json("/api/okta/connections").await;
    assert_eq!(
        (&page["total"], &page["connections"][0]["name"]),
        (&json!(1), &json!("acme"))
    );
    let settings = admin.settings().await;
    assert_eq!(settings["connection"]["name"], "acme");
    let own = format!("{}/authorization-code/callback/acme", market.app.url);
    assert_eq!(settings["redirect_uris"]["sign_in"], own);
    assert_eq!(admin.roles().await, table(&[("Engineering", "admin")]));
    for other in ["okta", "beta", "nobody", "new"] {
        let path = connection(other);
        for (method, path) in [
            (Method::GET, path.clone()),
            (Method::PUT, path.clone()),
            (Method::PATCH, path.clone()),
            (Method::POST, path.clone()),
            (Method::DELETE, path.clone()),
            (Method::GET, format!("{path}/roles")),
            (Method::PUT, format!("{path}/roles")),
            (Method::GET, format!("{path}/admins")),
            (Method::GET, format!("{path}/domains")),
            (Method::PUT, format!("{path}/domains/acme.example")),
            (Method::POST, format!("{path}/test")),
        ] {
            let body = match method {
                Method::PUT if path.ends_with("/roles") => json!(table(&[])),
                Method::PUT => json!(form(&market.acme)),
                _ => json!({}),
            };
            let request = admin.request(method.clone(), &path);
            let request = match path.ends_with("/test") {
                true => request.form(&[("return_to", "/")]),
                false => request.json(&body),
            };
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn what_an_organization_is_here_is_for_admins_of_the_whole_app() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    for change in [
        json!({ "organization": "beta" }),
        json!({ "enabled": false }),
        json!({ "listed": true }),
        json!({ "place": -1 }),
    ] {
        let refused = admin
            .send_json(Method::PATCH, &connection("acme"), &change)
            .await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{change}");
    }
    let deleted = admin
        .send_json(Method::DELETE, &connection("acme"), &Value::Null)
        .await;
    assert_eq!(deleted.status(), StatusCode::FORBIDDEN);
    let path = format!("{}/domains/beta.example", connection("acme"));
    let claimed = admin.send_json(Method::PUT, &path, &Value::Null).await;
    assert_eq!(claimed.status(), StatusCode::OK);
    let verified = admin.send_json(Method::POST, &path, &Value::Null).await;
    assert_eq!(verified.status(), StatusCode::FORBIDDEN);
    let named = json!({ "display_name": "Acme" });
    let renamed = admin
        .send_json(Method::PATCH, &connection("acme"), &named)
        .await;
    assert_eq!(renamed.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_admin_who_replaces_the_okta_app_of_their_organization_goes_on() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let other = Provider::start(&format!("{}/acme", market.app.callback())).await;
    let replaced = admin.connect_as("acme", &form(&other)).await;
    assert_eq!(replaced.status(), StatusCode::OK);
    assert!(!admin.is_signed_in().await);
    let page: Value = admin.json("/api/okta/connections").await;
    assert_eq!(
        (&page["total"], &page["connections"][0]["name"]),
        (&json!(1), &json!("acme"))
    );
    let beta = admin.api(&connection("beta")).await;
    assert_eq!(beta.status(), StatusCode::NOT_FOUND);
    // A right for one connection finishes no setup of the whole app.
    let code = market.app.new_setup_code().await;
    let done = admin.sign_in_at("/login?connection=acme").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let stranger = market.app.browser();
    assert_eq!(
        stranger.try_setup_code(&code).await.status(),
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_setup_code_makes_no_admin_of_whoever_comes_through_another_connection() {
    let market = Market::open().await;
    let code = market.app.new_setup_code().await;
    let browser = market.app.browser();
    browser.enter_setup_code(&code).await;
    market.acme.now().person = grace();
    browser.sign_in_at("/login?connection=acme").await;
    assert_eq!(browser.identity().await["roles"], json!([]));
    let admins: Value = market.admin.json("/api/okta/admins").await;
    assert_eq!(admins.as_array().unwrap().len(), 1);
    // The code is good for whoever it is for.
    let operator = market.app.browser();
    assert_eq!(
        operator.try_setup_code(&code).await.status(),
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn sessions_and_the_audit_trail_are_those_of_the_organization() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let (acme, beta) = (
        market.signed_in("acme").await,
        market.signed_in("beta").await,
    );
    let sessions: Value = admin.json("/api/okta/sessions").await;
    let sessions = sessions["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(
        sessions
            .iter()
            .all(|session| session["connection"] == "acme")
    );
    let audit = admin.audit().await;
    let entries = audit.as_array().unwrap();
    assert!(
        entries.iter().all(|entry| entry["connection"] == "acme"),
        "{audit}"
    );
    assert!(entries.iter().any(|entry| entry["event"] == "signed_in"));
    let whole: Value = admin.json("/api/okta/audit?connection=beta").await;
    let whole = whole["entries"].as_array().unwrap();
    assert!(whole.iter().all(|entry| entry["connection"] == "acme"));
    let lines = admin
        .api("/api/okta/audit?format=jsonl&connection=beta")
        .await;
    assert!(!lines.text().await.unwrap().contains(&market.beta.issuer));

    // Sessions of others can't be ended, whatever names them.
    let all: Value = market.admin.json("/api/okta/sessions").await;
    let all = all["sessions"].as_array().unwrap();
    let of_beta = all.iter().find(|one| one["connection"] == "beta").unwrap();
    let path = format!("/api/okta/sessions/{}", of_beta["id"].as_str().unwrap());
    let ended = admin.send_json(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(ended.status(), StatusCode::NOT_FOUND);
    let person = json!({ "issuer": of_beta["issuer"], "subject": of_beta["subject"] });
    let ended = admin
        .send_json(Method::DELETE, "/api/okta/sessions", &person)
        .await;
    assert_eq!(ended.status(), StatusCode::NOT_FOUND);
    let everybody = json!({ "everybody": true });
    let ended = admin
        .send_json(Method::DELETE, "/api/okta/sessions", &everybody)
        .await;
    assert_eq!(ended.json::<Value>().await.unwrap(), json!({ "ended": 2 }));
    assert!(!acme.is_signed_in().await && !admin.is_signed_in().await);
    assert!(beta.is_signed_in().await && market.admin.is_signed_in().await);
}

#[tokio::test]
async fn the_last_admin_of_the_whole_app_stays() {
    let market = Market::open().await;
    let admins: Value = market.admin.json("/api/okta/admins").await;
    let refused = market
        .admin
        .send_json(Method::DELETE, "/api/okta/admins", &admins[0])
        .await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_right_that_an_admin_kept_ends_for_good_when_their_connection_is_disabled() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let other = Provider::start(&format!("{}/acme", market.app.callback())).await;
    let replaced = admin.connect_as("acme", &form(&other)).await;
    assert_eq!(replaced.status(), StatusCode::OK);
    assert_eq!(
        admin.api(&connection("acme")).await.status(),
        StatusCode::OK
    );
    for enabled in [false, true] {
        let changed = market.change("acme", json!({ "enabled": enabled })).await;
        assert_eq!(changed, StatusCode::OK);
        let refused = admin.api(&connection("acme")).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{enabled}");
    }
}

/// The calls of all connections are noted together, with the names of people.
#[tokio::test]
async fn whom_okta_signed_out_is_shown_to_admins_of_the_whole_app() {
    let market = Market::open().await;
    let admin = market.admin_of("acme").await;
    let calls = async |browser: &Browser| browser.settings().await["sign_out_calls"].take();
    assert_eq!(calls(&admin).await, json!([]));
    assert_ne!(calls(&market.admin).await, json!([]));
}
