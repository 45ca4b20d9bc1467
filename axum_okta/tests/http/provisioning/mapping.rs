//! Attributes that Okta pushes, as the claims that a connection makes of them.

use axum_okta::{
    configuration::{Apply, ConfigurationError, Secrets},
    settings::ProvisionedClaim,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ENTERPRISE, PROVISIONING, Pushing, ada, on_both};
use crate::harness::{CONNECTION, form_with};

on_both! {
    attributes_become_the_claims_that_are_named_for_them
    what_cannot_become_a_claim_is_refused_field_by_field
    a_mapping_is_an_option_of_the_connection
    no_pushed_attribute_says_how_somebody_signed_in
    the_form_of_the_connection_changes_nothing_of_it
}

fn mapping(rows: &[(&str, &str)]) -> Value {
    let rows = rows.iter();
    let rows = rows.map(|(attribute, claim)| json!({ "attribute": attribute, "claim": claim }));
    json!({ "provisioned_claims": rows.collect::<Value>() })
}

async fn attributes_become_the_claims_that_are_named_for_them(okta: Pushing) {
    let department = format!("{ENTERPRISE}:department");
    let mut pushed = ada();
    pushed["title"] = json!("Countess");
    pushed[ENTERPRISE] = json!({ "department": "Engines" });
    let path = format!("/Users/{}", okta.create("/Users", pushed).await.id());
    let browser = okta.signed_in_as_ada().await;
    let claims = async || browser.identity().await["claims"].take();
    assert_eq!(claims().await, json!({}));
    let rows = [
        (&*department, "unit"),
        ("title", "job"),
        ("name.familyName", "family"),
        (r#"emails[type eq "work"].value"#, "mail"),
        ("nickName", "nick"),
        ("", ""),
    ];
    let set = okta.set_provisioning(mapping(&rows)).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    // At once, for somebody who is signed in.
    assert_eq!(
        claims().await,
        json!({ "unit": "Engines", "job": "Countess", "family": "Lovelace", "mail": "ada@example.com" })
    );
    let change = json!([
        { "op": "replace", "path": "title", "value": "Duchess" },
        { "op": "remove", "path": department },
    ]);
    okta.patched(&path, change).await;
    let after = claims().await;
    assert_eq!(after["job"], "Duchess");
    assert!(after.get("unit").is_none());
    let state: Value = okta.admin.json(PROVISIONING).await;
    let stored = state["options"]["provisioned_claims"].as_array().unwrap();
    assert_eq!(stored.len(), 5, "without the empty row");
    okta.set_provisioning(mapping(&[])).await;
    assert_eq!(claims().await, json!({}));
    let audit = okta.admin.audit().await;
    assert_eq!(audit[0]["event"], "connected");
    assert_eq!(audit[0]["detail"], "provisioned_claims []");
}

async fn what_cannot_become_a_claim_is_refused_field_by_field(okta: Pushing) {
    let long = "x".repeat(256);
    let rows = [
        ("title", "job"),
        ("emails[", "mail"),
        ("password", "secret"),
        ("userType", "sub"),
        ("locale", "job"),
        ("timezone", ""),
        ("", "nothing"),
        (&*long, "long"),
        ("nickName", "a\nb"),
    ];
    let refused = okta.set_provisioning(mapping(&rows)).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    let errors = problem["errors"].as_array().unwrap().iter();
    let pointers: Vec<_> = errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        [
            "/provisioned_claims/1/attribute",
            "/provisioned_claims/2/attribute",
            "/provisioned_claims/3/claim",
            "/provisioned_claims/4/claim",
            "/provisioned_claims/5/claim",
            "/provisioned_claims/6/attribute",
            "/provisioned_claims/7/attribute",
            "/provisioned_claims/8/claim",
        ]
    );
    let names: Vec<_> = (0..51).map(|number| format!("claim{number}")).collect();
    let many: Vec<_> = names.iter().map(|name| ("title", &**name)).collect();
    let refused: Value = okta
        .set_provisioning(mapping(&many))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(refused["errors"][0]["pointer"], "/provisioned_claims");
    // What was typed is still there for whoever typed it, with what is wrong, and nothing is in use.
    let state: Value = okta.admin.json(PROVISIONING).await;
    assert_eq!(
        state["options"],
        json!({ "provisioned_roles": false, "provisioned_claims": [] })
    );
    assert_eq!(state["draft"]["problems"], refused["errors"]);
    let wrong = json!({ "provisioned_roles": "perhaps" });
    let refused: Value = okta.set_provisioning(wrong).await.json().await.unwrap();
    assert_eq!(refused["errors"][0]["pointer"], "/provisioned_roles");
}

async fn a_mapping_is_an_option_of_the_connection(okta: Pushing) {
    let change = async |rows: &[(&str, &str)]| {
        let body = mapping(rows);
        okta.admin.send_json(Method::PATCH, CONNECTION, &body).await
    };
    assert_eq!(change(&[("title", "job")]).await.status(), StatusCode::OK);
    let refused: Value = change(&[("title", "job"), ("title", "iss")])
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        refused["errors"][0]["pointer"],
        "/provisioned_claims/1/claim"
    );
    let plugin = &okta.app.okta;
    let mut exported = plugin.export_configuration(Secrets::Omitted).await.unwrap();
    let options = &mut exported.connections[0].options;
    assert_eq!(
        options.provisioned_claims,
        [ProvisionedClaim::new("title", "job")]
    );
    options.provisioned_claims = vec![ProvisionedClaim::new("locale", "language")];
    options.provisioned_roles = true;
    plugin
        .apply_configuration(&exported, Apply::default())
        .await
        .unwrap();
    okta.create("/Users", ada()).await;
    let browser = okta.signed_in_as_ada().await;
    assert_eq!(
        browser.identity().await["claims"],
        json!({ "language": "en-US" })
    );
    exported.connections[0].options.provisioned_claims[0].attribute = "emails[".to_owned();
    let applied = plugin
        .apply_configuration(&exported, Apply::default())
        .await;
    let Err(ConfigurationError::Entries(errors)) = applied else {
        panic!("{applied:?}");
    };
    assert_eq!(errors[0].field, "provisioned_claims/0/attribute");
}

async fn no_pushed_attribute_says_how_somebody_signed_in(okta: Pushing) {
    okta.set(|form| form.options.claims = ["acr", "title"].map(str::to_owned).to_vec())
        .await;
    okta.provider.now().id_token = json!({ "acr": "low" });
    let mut pushed = ada();
    pushed["acr"] = json!("phr");
    pushed["title"] = json!("Countess");
    okta.create("/Users", pushed).await;
    let browser = okta.signed_in_as_ada().await;
    assert_eq!(
        browser.identity().await["claims"],
        json!({ "acr": "low", "title": "Countess" })
    );
}

/// Whoever has had it open for long would undo what was set meanwhile.
async fn the_form_of_the_connection_changes_nothing_of_it(okta: Pushing) {
    let options = json!({
        "provisioned_roles": true,
        "provisioned_claims": [{ "attribute": "title", "claim": "job" }],
    });
    let set = okta.set_provisioning(options.clone()).await;
    assert_eq!(set.status(), StatusCode::NO_CONTENT);
    let form = form_with(&okta.provider, |form| {
        form.options.display_name = "Okta of Acme".to_owned();
    });
    let typed = serde_json::to_value(&form).unwrap();
    let saved = okta.admin.send_json(Method::POST, "/typed", &typed).await;
    assert_eq!(saved.status(), StatusCode::NO_CONTENT);
    let connection: Value = okta.admin.json(CONNECTION).await;
    assert_eq!(connection["display_name"], "Okta of Acme");
    let state: Value = okta.admin.json(PROVISIONING).await;
    assert_eq!(state["options"], options);
    // A program says all of it.
    assert_eq!(okta.admin.connect(&form).await.status(), StatusCode::OK);
    let state: Value = okta.admin.json(PROVISIONING).await;
    let none = json!({ "provisioned_roles": false, "provisioned_claims": [] });
    assert_eq!(state["options"], none);
}
