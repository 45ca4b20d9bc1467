//! What follows from what is pushed: sessions end, sign-ins are refused, roles change.

use axum_okta::connection::{ConnectionForm, GroupsFrom};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, Pushing, ada, new_token, on_both, person};
use crate::harness::{self, Browser, table};

on_both! {
    whoever_is_deactivated_is_signed_out_and_may_not_sign_in
    whoever_is_deleted_is_signed_out_and_may_not_sign_in
    whoever_is_created_again_may_sign_in
    another_external_id_signs_the_former_person_out
    an_email_alone_links_nobody
    roles_follow_pushed_groups_without_a_new_sign_in
    only_provisioned_people_sign_in_if_the_connection_says_so
    nobody_locks_themselves_out
    pushed_attributes_are_claims
    the_end_is_in_the_audit_trail
}

impl Pushing {
    async fn ada_signed_in(&self) -> Browser {
        self.app.signed_in(&self.provider, harness::ada()).await
    }

    async fn sign_in_of_ada(&self) -> StatusCode {
        self.provider.now().person = harness::ada();
        self.app.browser().sign_in("/").await.status()
    }
}

async fn activate(okta: &Pushing, path: &str, active: bool) {
    let operations = json!([{ "op": "replace", "value": { "active": active } }]);
    okta.patched(path, operations).await;
}

async fn whoever_is_deactivated_is_signed_out_and_may_not_sign_in(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let browsers = [okta.ada_signed_in().await, okta.ada_signed_in().await];
    for browser in &browsers {
        assert!(browser.is_signed_in().await);
    }
    activate(&okta, &path, false).await;
    for browser in &browsers {
        assert!(!browser.is_signed_in().await);
    }
    assert_eq!(okta.sign_in_of_ada().await, StatusCode::FORBIDDEN);
    assert!(okta.admin.is_signed_in().await);
    activate(&okta, &path, true).await;
    assert_eq!(okta.sign_in_of_ada().await, StatusCode::SEE_OTHER);
    assert!(!browsers[0].is_signed_in().await, "it has ended for good");
}

async fn whoever_is_deleted_is_signed_out_and_may_not_sign_in(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let browser = okta.ada_signed_in().await;
    let deleted = okta.send(Method::DELETE, &path, Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert!(!browser.is_signed_in().await);
    assert_eq!(okta.sign_in_of_ada().await, StatusCode::FORBIDDEN);
    assert_eq!(okta.get(&path).await.status, StatusCode::NOT_FOUND);
}

async fn whoever_is_created_again_may_sign_in(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    okta.send(Method::DELETE, &path, Value::Null).await;
    okta.create("/Users", ada()).await;
    assert_eq!(okta.sign_in_of_ada().await, StatusCode::SEE_OTHER);
}

async fn another_external_id_signs_the_former_person_out(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    let browser = okta.ada_signed_in().await;
    let change = json!([{ "op": "replace", "path": "externalId", "value": "00u9other" }]);
    okta.patched(&path, change).await;
    assert!(!browser.is_signed_in().await);
}

/// Whoever is deactivated by email or user name only is somebody else.
async fn an_email_alone_links_nobody(okta: Pushing) {
    let mut other = person("ada@example.com", "00u9other");
    other["active"] = json!(false);
    okta.create("/Users", other).await;
    let mut without = person("Ada@Example.com ", "");
    without.as_object_mut().unwrap().remove("externalId");
    without["active"] = json!(false);
    okta.create("/Users", without).await;
    let browser = okta.ada_signed_in().await;
    assert!(browser.is_signed_in().await);
}

async fn roles_follow_pushed_groups_without_a_new_sign_in(okta: Pushing) {
    okta.set(|form| form.options.groups_from = GroupsFrom::Provisioning)
        .await;
    let roles = table(&[("Editors", "editor")]);
    assert_eq!(
        okta.admin.set_roles(&roles).await.status(),
        StatusCode::NO_CONTENT
    );
    let id = okta.create("/Users", ada()).await.id();
    let browser = okta.ada_signed_in().await;
    let editors = async || browser.api("/editors").await.status();
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    assert_eq!(browser.identity().await["groups"], json!([]));
    let group =
        json!({ "schemas": [GROUP], "displayName": "Editors", "members": [{ "value": id }] });
    let group = format!("/Groups/{}", okta.create("/Groups", group).await.id());
    assert_eq!(editors().await, StatusCode::OK);
    assert_eq!(browser.identity().await["roles"], json!(["editor"]));
    let rename = |name: &str| json!([{ "op": "replace", "value": { "displayName": name } }]);
    okta.patched(&group, rename("Readers")).await;
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    okta.patched(&group, rename("Editors")).await;
    assert_eq!(editors().await, StatusCode::OK);
    let empty = json!([{ "op": "replace", "path": "members", "value": [] }]);
    okta.patched(&group, empty).await;
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    okta.patched(&group, add).await;
    assert_eq!(editors().await, StatusCode::OK);
    okta.send(Method::DELETE, &group, Value::Null).await;
    assert_eq!(editors().await, StatusCode::FORBIDDEN);
    assert!(browser.is_signed_in().await);
}

async fn only_provisioned_people_sign_in_if_the_connection_says_so(okta: Pushing) {
    let browser = okta.ada_signed_in().await;
    okta.create("/Users", person("grace@example.com", "00u2grace"))
        .await;
    okta.set(|form| form.options.provisioned_only = true).await;
    assert!(okta.admin.is_signed_in().await, "Grace is provisioned");
    assert!(!browser.is_signed_in().await);
    assert_eq!(okta.sign_in_of_ada().await, StatusCode::FORBIDDEN);
    okta.create("/Users", ada()).await;
    assert_eq!(okta.sign_in_of_ada().await, StatusCode::SEE_OTHER);
}

async fn nobody_locks_themselves_out(okta: Pushing) {
    let saved = async |change: fn(&mut ConnectionForm)| {
        let form = harness::form_with(&okta.provider, change);
        okta.admin.connect(&form).await.status()
    };
    let only = |form: &mut ConnectionForm| form.options.provisioned_only = true;
    assert_eq!(saved(only).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(okta.admin.is_signed_in().await);
    okta.create("/Users", person("grace@example.com", "00u2grace"))
        .await;
    assert_eq!(saved(only).await, StatusCode::OK);
    assert!(okta.admin.is_signed_in().await);
}

async fn pushed_attributes_are_claims(okta: Pushing) {
    okta.set(|form| {
        form.options.claims = ["title", "department", "emails"]
            .map(str::to_owned)
            .to_vec();
    })
    .await;
    let mut pushed = ada();
    pushed["title"] = json!("Countess");
    pushed[ENTERPRISE] = json!({ "department": "Engines" });
    let path = format!("/Users/{}", okta.create("/Users", pushed).await.id());
    let browser = okta.ada_signed_in().await;
    let claims = async || browser.identity().await["claims"].take();
    assert_eq!(
        claims().await,
        json!({ "title": "Countess", "department": "Engines" })
    );
    let change = json!([{ "op": "replace", "path": "title", "value": "Duchess" }]);
    okta.patched(&path, change).await;
    assert_eq!(claims().await["title"], "Duchess");
}

async fn the_end_is_in_the_audit_trail(okta: Pushing) {
    let path = format!("/Users/{}", okta.create("/Users", ada()).await.id());
    okta.ada_signed_in().await;
    activate(&okta, &path, false).await;
    let entry = okta.admin.audit().await[0].take();
    assert_eq!(entry["event"], "deprovisioned");
    assert_eq!(entry["actor"]["kind"], "okta");
    assert_eq!(entry["connection"], "okta");
    let detail = "ada@example.com (00u1ada) was deactivated: 1 session ended";
    assert_eq!(entry["detail"], detail);
}

/// A sign-in may be under way while somebody is deactivated: nobody finds its session to end it. It
/// counts nowhere.
#[tokio::test]
async fn a_session_that_was_started_meanwhile_does_not_count() {
    let okta = Pushing::on_sqlite().await;
    okta.create("/Users", ada()).await;
    let browser = okta.ada_signed_in().await;
    // As at the end of such a race.
    let mut database = okta.app.sql().await;
    sqlx::query("UPDATE okta_scim_resource SET active = 0")
        .execute(&mut database)
        .await
        .unwrap();
    // What is in memory is gone.
    let _app = okta.app.restart().await;
    assert!(!browser.is_signed_in().await);
    let kept: (i64,) = sqlx::query_as("SELECT COUNT(*) FROM okta_session")
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(kept.0, 1, "Grace's; the other one has ended");
}

/// Anybody can connect an app and say that its issuer is somebody else's.
#[tokio::test]
async fn sessions_through_another_connection_to_the_same_issuer_stay() {
    let okta = Pushing::on_sqlite().await;
    let browser = okta.ada_signed_in().await;
    let other = harness::Provider::start(&format!("{}/acme", okta.app.callback())).await;
    let form = harness::form(&other);
    assert_eq!(
        okta.admin.connect_as("acme", &form).await.status(),
        StatusCode::OK
    );
    let token = new_token(&okta.admin, "acme").await;
    let mut database = okta.app.sql().await;
    sqlx::query(
        "UPDATE okta_connection SET issuer = (SELECT issuer FROM okta_connection WHERE name = 'okta') \
         WHERE name = 'acme'",
    )
    .execute(&mut database)
    .await
    .unwrap();
    let app = okta.app.restart().await;
    let mut gone = ada();
    gone["active"] = json!(false);
    let request = app.browser().request(Method::POST, "/scim/v2/acme/Users");
    let created = request
        .bearer_auth(token)
        .body(gone.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), StatusCode::CREATED);
    assert!(browser.is_signed_in().await);
    okta.provider.now().person = harness::ada();
    let again = app.browser().sign_in_at("/login?connection=okta").await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
}
