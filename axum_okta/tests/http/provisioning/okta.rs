//! What Okta sends, request by request: a custom app (SCIM header authentication), and one of the
//! Okta Integration Network.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{GROUP, Pushing, USER, ada, on_both, person};

on_both! {
    credentials_are_tested
    a_custom_app_creates_updates_deactivates_and_reactivates
    an_app_of_the_catalogue_patches
    groups_are_pushed_by_patch
    a_custom_app_puts_groups
    an_empty_push_empties_the_group_and_keeps_its_name
    a_rename_keeps_the_members
    an_unknown_member_is_left_out_and_noted
    a_group_with_many_members_is_pushed_in_steps
}

async fn credentials_are_tested(okta: Pushing) {
    let answer = okta.get("/Users?startIndex=1&count=1").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["content-type"], "application/scim+json");
    assert_eq!(answer.body["totalResults"], json!(0));
    assert_eq!(answer.body["itemsPerPage"], json!(0));
    assert_eq!(answer.body["startIndex"], json!(1));
    let answer = okta.find("Users", r#"userName eq "ada@example.com""#).await;
    assert_eq!(answer.body["totalResults"], json!(0));
    let unknown = okta.get("/Users/010101001010101011001010101011").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(
        unknown.body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert_eq!(unknown.body["status"], "404");
    assert!(unknown.body["detail"].is_string());
}

async fn a_custom_app_creates_updates_deactivates_and_reactivates(okta: Pushing) {
    let created = okta.create("/Users", ada()).await;
    let id = created.id();
    let path = format!("/Users/{id}");
    assert_eq!(created.body["userName"], "ada@example.com");
    assert_eq!(created.body["externalId"], "00u1ada");
    assert_eq!(created.body["active"], true);
    assert_eq!(created.body["groups"], json!([]));
    assert_eq!(created.body["meta"]["resourceType"], "User");
    assert!(created.body.get("password").is_none());
    let again = okta.send(Method::POST, "/Users", ada()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.body["scimType"], "uniqueness");
    let found = okta.find("Users", r#"userName eq "ADA@Example.com""#).await;
    assert_eq!(found.body["totalResults"], json!(1));
    assert_eq!(found.body["Resources"][0]["id"], json!(id));

    // GET, then PUT of everything; Okta leaves out the external ID.
    let mut whole = okta.get(&path).await.body;
    whole["name"]["familyName"] = json!("King");
    whole.as_object_mut().unwrap().remove("externalId");
    let updated = okta.send(Method::PUT, &path, whole.clone()).await;
    assert_eq!(updated.status, StatusCode::OK);
    assert_eq!(updated.body["name"]["familyName"], "King");
    assert_eq!(updated.body["externalId"], "00u1ada");

    whole["active"] = json!(false);
    let deactivated = okta.send(Method::PUT, &path, whole.clone()).await;
    assert_eq!(deactivated.status, StatusCode::OK);
    assert_eq!(okta.get(&path).await.body["active"], false);
    whole["active"] = json!(true);
    okta.send(Method::PUT, &path, whole).await;
    assert_eq!(okta.get(&path).await.body["active"], true);
}

async fn an_app_of_the_catalogue_patches(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let operations = json!([{ "op": "replace", "value": { "active": false } }]);
    let answer = okta.patched(&path, operations.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["active"], false);
    assert_eq!(answer.body["userName"], "ada@example.com");
    // The same push twice.
    let again = okta.patched(&path, operations).await;
    assert_eq!(again.tag(), answer.tag());
    let operations = json!([{ "op": "replace", "value": { "active": true } }]);
    assert_eq!(okta.patched(&path, operations).await.body["active"], true);
    let secret = json!([{ "op": "replace", "value": { "password": "hunter2hunter2" } }]);
    let answer = okta.patched(&path, secret).await;
    assert!(answer.body.get("password").is_none());
    assert!(!okta.app.stores("hunter2hunter2"));
}

async fn two(okta: &Pushing) -> [String; 2] {
    let ada = okta.create("/Users", ada()).await.id();
    let alan = person("alan@example.com", "00u3alan");
    [ada, okta.create("/Users", alan).await.id()]
}

async fn group(okta: &Pushing, name: &str) -> String {
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": [] });
    okta.create("/Groups", body).await.id()
}

async fn groups_are_pushed_by_patch(okta: Pushing) {
    let [ada, alan] = two(&okta).await;
    let id = group(&okta, "Engineering").await;
    let path = format!("/Groups/{id}");
    let found = okta.find("Groups", r#"displayName eq "Engineering""#).await;
    assert_eq!(found.body["Resources"][0]["id"], json!(id));
    // Okta sends the name along with each change of members.
    let operations = json!([
        { "op": "replace", "value": { "id": id, "displayName": "Engineering" } },
        { "op": "add", "path": "members", "value": [
            { "value": ada, "display": "ada@example.com" },
            { "value": alan, "display": "alan@example.com" },
        ] },
    ]);
    okta.patched(&path, operations).await;
    assert_eq!(okta.members(&id).await, [ada.clone(), alan.clone()]);
    let groups = okta.get(&format!("/Users/{ada}")).await.body["groups"].take();
    assert_eq!(groups[0]["value"], json!(id));
    assert_eq!(groups[0]["display"], "Engineering");
    let filter = format!("members[value eq \"{ada}\"]");
    okta.patched(&path, json!([{ "op": "remove", "path": filter }]))
        .await;
    assert_eq!(okta.members(&id).await, [&*alan]);
    // Those that are gone or there already are no error.
    okta.patched(&path, json!([{ "op": "remove", "path": filter }]))
        .await;
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": alan }] }]);
    okta.patched(&path, add).await;
    assert_eq!(okta.members(&id).await, [alan]);
    let deleted = okta.send(Method::DELETE, &path, Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(okta.get(&path).await.status, StatusCode::NOT_FOUND);
    let ada = okta.get(&format!("/Users/{ada}")).await;
    assert_eq!(ada.body["groups"], json!([]));
}

async fn a_custom_app_puts_groups(okta: Pushing) {
    let [ada, alan] = two(&okta).await;
    let id = group(&okta, "Engineering").await;
    let path = format!("/Groups/{id}");
    let put = async |members: Value| {
        let body = json!({
            "schemas": [GROUP], "id": id, "displayName": "Engineering", "members": members,
        });
        let answer = okta.send(Method::PUT, &path, body).await;
        assert_eq!(answer.status, StatusCode::OK);
        okta.members(&id).await
    };
    let both = json!([{ "value": ada, "display": "Ada" }, { "value": alan, "display": "Alan" }]);
    assert_eq!(put(both).await, [ada.clone(), alan.clone()]);
    assert_eq!(put(json!([{ "value": alan }])).await, [alan]);
    assert_eq!(put(json!([])).await, [""; 0]);
}

async fn an_empty_push_empties_the_group_and_keeps_its_name(okta: Pushing) {
    let [ada, alan] = two(&okta).await;
    let id = group(&okta, "Engineering").await;
    let path = format!("/Groups/{id}");
    let push = async |members: Value| {
        let operations = json!([{ "op": "replace", "path": "members", "value": members }]);
        okta.patched(&path, operations).await;
        okta.members(&id).await
    };
    let both = json!([{ "value": ada }, { "value": alan }]);
    assert_eq!(push(both).await.len(), 2);
    assert_eq!(push(json!([{ "value": alan }])).await, [alan]);
    assert_eq!(push(json!([])).await, [""; 0]);
    assert_eq!(okta.get(&path).await.body["displayName"], "Engineering");
}

async fn a_rename_keeps_the_members(okta: Pushing) {
    let [ada, _] = two(&okta).await;
    let id = group(&okta, "Engineering").await;
    let path = format!("/Groups/{id}");
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]);
    okta.patched(&path, add).await;
    let rename = json!([{ "op": "replace", "value": { "id": id, "displayName": "Engines" } }]);
    okta.patched(&path, rename).await;
    assert_eq!(okta.members(&id).await, [&*ada]);
    let groups = okta.get(&format!("/Users/{ada}")).await.body["groups"].take();
    assert_eq!(groups[0]["display"], "Engines");
    // No other group may be called so.
    let other = json!({ "schemas": [GROUP], "displayName": "ENGINES" });
    let other = okta.send(Method::POST, "/Groups", other).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
}

async fn an_unknown_member_is_left_out_and_noted(okta: Pushing) {
    let [ada, _] = two(&okta).await;
    let id = group(&okta, "Engineering").await;
    let members = json!([{ "value": "nobody" }, { "value": ada }, { "value": "no\u{0}body" }]);
    let add = json!([{ "op": "add", "path": "members", "value": members }]);
    okta.patched(&format!("/Groups/{id}"), add).await;
    assert_eq!(okta.members(&id).await, [ada]);
    let noted = async || {
        let log: Value = okta
            .admin
            .json(&format!("{}/requests", super::PROVISIONING))
            .await;
        let log = log["requests"].as_array().unwrap().clone();
        let mut log = log.into_iter();
        log.find(|request| request["method"] == "PATCH")
    };
    let request = loop {
        if let Some(request) = noted().await {
            break request;
        }
    };
    let detail = request["detail"].as_str().unwrap();
    assert!(
        detail.contains("2 unknown members") && detail.contains("nobody"),
        "{detail}"
    );
}

async fn a_group_with_many_members_is_pushed_in_steps(okta: Pushing) {
    let mut people = Vec::new();
    for number in 0..60 {
        let name = format!("person{number}@example.com");
        let body = json!({ "schemas": [USER], "userName": name });
        people.push(okta.create("/Users", body).await.id());
    }
    let id = group(&okta, "Everyone").await;
    let path = format!("/Groups/{id}");
    for step in people.chunks(25) {
        let step: Vec<_> = step.iter().map(|id| json!({ "value": id })).collect();
        let add = json!([{ "op": "add", "path": "members", "value": step }]);
        okta.patched(&path, add).await;
    }
    assert_eq!(okta.members(&id).await, people);
}
