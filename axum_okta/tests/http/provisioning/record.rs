//! A person's page in the settings: what they may do here, where they are signed in, and what happened.

use axum_okta::connection::GroupsFrom;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{GROUP, Pushing, ada, new_token, on_both, person};
use crate::{
    harness::{self, table},
    organizations::Market,
    servers::eventually,
};

on_both! {
    a_record_has_roles_sessions_and_history
    roles_that_only_a_sign_in_tells_are_not_made_up
}

impl Pushing {
    async fn record(&self, id: &str) -> Value {
        self.admin.json(&format!("/records/{id}")).await
    }
}

async fn a_record_has_roles_sessions_and_history(okta: Pushing) {
    okta.set(|form| form.options.groups_from = GroupsFrom::Provisioning)
        .await;
    okta.admin.set_roles(&table(&[("Editors", "editor")])).await;
    let id = okta.create("/Users", ada()).await.id();
    let other = okta.create("/Users", person("barbara", "00u10")).await.id();
    let before = okta.record(&id).await;
    assert_eq!(before["person"]["user_name"], "ada@example.com");
    for empty in ["roles", "sessions", "activity"] {
        assert_eq!(before[empty], json!([]), "{empty}");
    }

    let members = json!([{ "value": id }]);
    let group = json!({ "schemas": [GROUP], "displayName": "Editors", "members": members });
    okta.create("/Groups", group).await;
    let browser = okta.app.signed_in(&okta.provider, harness::ada()).await;
    okta.get(&format!("/Users/{id}")).await;
    okta.get(&format!("/Users/{other}")).await;
    let record = okta.record(&id).await;
    assert_eq!(record["roles"], json!(["editor"]));
    let sessions = record["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["subject"], "00u1ada");
    let session = sessions[0]["id"].as_str().unwrap();
    let path = format!("/api/okta/sessions/{session}");
    let ended = okta.admin.request(Method::DELETE, &path).send().await;
    assert_eq!(ended.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(!browser.is_signed_in().await);
    okta.app.signed_in(&okta.provider, harness::ada()).await;
    let gone = json!([{ "op": "replace", "value": { "active": false } }]);
    okta.patched(&format!("/Users/{id}"), gone).await;

    eventually("all requests are logged", async || {
        let requests = okta.record(&id).await["requests"].take();
        requests.as_array().unwrap().len() == 3
    })
    .await;
    let record = okta.record(&id).await;
    assert_eq!(record["roles"], json!([]));
    assert_eq!(record["sessions"], json!([]));
    let of = |list: &str, field: &str| -> Vec<Value> {
        let list = record[list].as_array().unwrap().iter();
        list.map(|entry| entry[field].clone()).collect()
    };
    assert_eq!(of("requests", "method"), ["PATCH", "GET", "POST"]);
    let events = ["deprovisioned", "signed_in", "ended_by_admin", "signed_in"];
    assert_eq!(of("activity", "event"), events);
}

async fn roles_that_only_a_sign_in_tells_are_not_made_up(okta: Pushing) {
    let id = okta.create("/Users", ada()).await.id();
    assert_eq!(okta.record(&id).await["roles"], json!([]));
    let roles = table(&[("Engineering", "editor")]);
    okta.admin.set_roles(&roles).await;
    assert_eq!(okta.record(&id).await["roles"], Value::Null);
    let mut unlinked = person("nobody", "");
    unlinked["externalId"] = Value::Null;
    let id = okta.create("/Users", unlinked).await.id();
    let record = okta.record(&id).await;
    assert_eq!(record["roles"], Value::Null);
    assert_eq!(record["activity"], json!([]));
}

#[tokio::test]
async fn an_admin_of_one_connection_sees_nobody_of_another() {
    let market = Market::open().await;
    let mut ids = Vec::new();
    for name in ["acme", "beta"] {
        let token = new_token(&market.admin, name).await;
        let path = format!("/scim/v2/{name}/Users");
        let request = market.app.browser().request(Method::POST, &path);
        let request = request.bearer_auth(token).body(ada().to_string());
        let created: Value = request.send().await.unwrap().json().await.unwrap();
        ids.push(created["id"].as_str().unwrap().to_owned());
    }
    let admin = market.admin_of("acme").await;
    let record = async |id: &str| -> Value { admin.json(&format!("/records/{id}")).await };
    // Whoever is signed in through another connection is somebody else, whatever their subject is.
    market.signed_in("beta").await;
    let of_acme = record(&ids[0]).await;
    assert_eq!(of_acme["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(record(&ids[1]).await, Value::Null);
}
