//! This app's roles, as Okta is shown them and assigns them.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ENTERPRISE, Pushing, USER, ada, on_both};
use crate::harness::{App, table, table_with_default};

const ROLE: &str = "urn:okta:scim:schemas:core:1.0:Role";
const ENTITLEMENT: &str = "urn:okta:scim:schemas:core:1.0:Entitlement";

on_both! {
    okta_is_shown_the_roles_of_this_app
    a_role_that_okta_assigns_counts_at_once_and_until_it_is_taken_away
    a_role_that_is_not_this_apps_is_noted_and_fails_nothing
    who_is_an_admin_is_not_decided_by_who_assigns_roles
    without_being_asked_for_no_pushed_role_counts
}

impl Pushing {
    /// Takes roles from Okta, and has these of its own.
    async fn takes_roles(&self) {
        let roles =
            table_with_default(&[("Editors", "editor"), ("Writers", "a/b writer")], "guest");
        let set = self.admin.set_roles(&roles).await;
        assert_eq!(set.status(), StatusCode::NO_CONTENT);
        let set = self
            .set_provisioning(json!({ "provisioned_roles": true }))
            .await;
        assert_eq!(set.status(), StatusCode::NO_CONTENT);
    }

    /// Ada, whom Okta has assigned these.
    async fn ada_with(&self, assigned: Value) -> String {
        let mut pushed = ada();
        pushed["roles"] = assigned;
        format!("/Users/{}", self.create("/Users", pushed).await.id())
    }
}

fn role(name: &str) -> Value {
    json!([{ "value": name, "display": name }])
}

fn names(list: &Value, member: &str) -> Vec<String> {
    let all = list["Resources"].as_array().expect("resources").iter();
    all.map(|one| one[member].as_str().unwrap().to_owned())
        .collect()
}

async fn okta_is_shown_the_roles_of_this_app(okta: Pushing) {
    okta.takes_roles().await;
    let types = okta.get("/ResourceTypes").await.body;
    assert_eq!(
        names(&types, "id"),
        ["User", "Group", "Role", "Entitlement"]
    );
    assert_eq!(names(&types, "schema")[2..], [ROLE, ENTITLEMENT]);
    assert_eq!(names(&types, "endpoint")[2..], ["/Roles", "/Entitlements"]);
    let schemas = okta.get("/Schemas").await.body;
    let ids = names(&schemas, "id");
    for urn in [USER, ENTERPRISE, ROLE, ENTITLEMENT] {
        assert!(ids.iter().any(|id| id == urn), "{urn}");
    }
    for (list, schema) in [("/Roles", ROLE), ("/Entitlements", ENTITLEMENT)] {
        let listed = okta.get(list).await.body;
        assert_eq!(listed["totalResults"], 3);
        assert_eq!(
            names(&listed, "displayName"),
            ["editor", "a/b writer", "guest"]
        );
        for one in listed["Resources"].as_array().unwrap() {
            assert_eq!(one["schemas"], json!([schema]));
            let location = one["meta"]["location"].as_str().unwrap();
            let path = location.split("/scim/v2/okta").nth(1).unwrap();
            assert_eq!(okta.get(path).await.body, *one, "{path}");
        }
        let second = okta.get(&format!("{list}?startIndex=2&count=1")).await.body;
        assert_eq!(names(&second, "id"), ["a/b writer"]);
        assert_eq!(second["totalResults"], 3);
        let found = okta
            .find(&list[1..], r#"displayName eq "guest""#)
            .await
            .body;
        assert_eq!(names(&found, "id"), ["guest"]);
    }
    let entitlements = okta.get("/Entitlements").await.body;
    assert_eq!(names(&entitlements, "type"), ["Role", "Role", "Role"]);
    assert_eq!(
        okta.get("/Roles/nobody").await.status,
        StatusCode::NOT_FOUND
    );
    // They are this app's to change.
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let path = if method == Method::POST {
            "/Roles"
        } else {
            "/Roles/guest"
        };
        let answer = okta
            .send(method, path, json!({ "displayName": "mine" }))
            .await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

async fn a_role_that_okta_assigns_counts_at_once_and_until_it_is_taken_away(okta: Pushing) {
    okta.takes_roles().await;
    let path = okta.ada_with(json!([])).await;
    let browser = okta.signed_in_as_ada().await;
    let roles = async || browser.identity().await["roles"].take();
    let editors = async || browser.api("/editors").await.status();
    assert_eq!(roles().await, json!(["guest"]));
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    let assign = |value| json!([{ "op": "replace", "path": "roles", "value": value }]);
    okta.patched(&path, assign(role("editor"))).await;
    assert_eq!(editors().await, StatusCode::OK);
    assert_eq!(
        roles().await,
        json!(["editor"]),
        "in place of the default role"
    );
    let more = json!([{ "op": "add", "path": "entitlements", "value": [
        { "value": "a/b writer", "type": "Role" },
    ] }]);
    okta.patched(&path, more).await;
    assert_eq!(roles().await, json!(["editor", "a/b writer"]));
    okta.patched(&path, assign(json!([]))).await;
    assert_eq!(roles().await, json!(["a/b writer"]));
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    // A role that this app gives up is nobody's, and so it is when it takes none from Okta.
    okta.patched(&path, assign(role("editor"))).await;
    okta.admin.set_roles(&table(&[("Readers", "reader")])).await;
    assert_eq!(roles().await, json!([]));
    okta.takes_roles().await;
    assert_eq!(editors().await, StatusCode::OK);
    okta.set_provisioning(json!({})).await;
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    assert!(browser.is_signed_in().await);
}

async fn a_role_that_is_not_this_apps_is_noted_and_fails_nothing(okta: Pushing) {
    okta.takes_roles().await;
    let assigned = json!([{ "value": "Editor" }, { "value": "editor" }, { "display": "guest" }]);
    let path = okta.ada_with(assigned.clone()).await;
    assert_eq!(okta.get(&path).await.body["roles"], assigned, "it is kept");
    let noted = okta.noted("/Users").await;
    assert_eq!(noted, "left out roles that aren't this app's (1): Editor");
    let browser = okta.signed_in_as_ada().await;
    assert_eq!(browser.identity().await["roles"], json!(["editor"]));
}

async fn who_is_an_admin_is_not_decided_by_who_assigns_roles(okta: Pushing) {
    let admins = table(&[("Editors", "editor"), ("Admins", "admin")]);
    okta.admin.set_roles(&admins).await;
    okta.set_provisioning(json!({ "provisioned_roles": true }))
        .await;
    let listed = okta.get("/Roles").await.body;
    assert_eq!(names(&listed, "id"), ["editor"]);
    okta.ada_with(role("admin")).await;
    let browser = okta.signed_in_as_ada().await;
    assert_eq!(browser.identity().await["roles"], json!([]));
    let settings = browser.api("/api/okta/connections/okta").await;
    assert_eq!(settings.status(), StatusCode::FORBIDDEN);
}

async fn without_being_asked_for_no_pushed_role_counts(okta: Pushing) {
    okta.admin.set_roles(&table(&[("Editors", "editor")])).await;
    let types = okta.get("/ResourceTypes").await.body;
    assert_eq!(names(&types, "id"), ["User", "Group"]);
    let answer = okta.get("/Roles").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("takes no roles from Okta"), "{detail}");
    okta.ada_with(role("editor")).await;
    let noted = okta.noted("/Users").await;
    assert!(noted.contains("don't count"), "{noted}");
    let browser = okta.signed_in_as_ada().await;
    assert_eq!(browser.identity().await["roles"], json!([]));
}

#[tokio::test]
async fn the_apps_code_names_roles_without_groups() {
    let app = App::start_with(|builder| builder.roles(["viewer", " editor ", "", "admin"])).await;
    let okta = Pushing::to(app).await;
    okta.set_provisioning(json!({ "provisioned_roles": true }))
        .await;
    let listed = okta.get("/Roles").await.body;
    assert_eq!(names(&listed, "id"), ["viewer", "editor"]);
    okta.ada_with(role("editor")).await;
    let browser = okta.signed_in_as_ada().await;
    assert_eq!(browser.api("/editors").await.status(), StatusCode::OK);
}
