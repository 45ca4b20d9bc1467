//! What this server says that it supports.

use http::StatusCode;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, Pushing, USER, on_both};

on_both! {
    schemas_types_and_features_are_described
}

async fn schemas_types_and_features_are_described(okta: Pushing) {
    let config = okta.get("/ServiceProviderConfig").await.body;
    for (feature, is_supported) in [
        ("patch", true),
        ("filter", true),
        ("sort", true),
        ("etag", true),
        ("bulk", false),
        ("changePassword", false),
    ] {
        assert_eq!(
            config[feature]["supported"],
            json!(is_supported),
            "{feature}"
        );
    }
    assert_eq!(
        config["authenticationSchemes"][0]["type"],
        "oauthbearertoken"
    );
    let ids = |list: &Value| -> Vec<String> {
        let all = list["Resources"].as_array().unwrap();
        all.iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let types = okta.get("/ResourceTypes").await.body;
    assert_eq!(ids(&types), ["User", "Group"]);
    let user = okta.get("/ResourceTypes/User").await.body;
    assert_eq!(user["endpoint"], "/Users");
    assert_eq!(user["schemaExtensions"][0]["schema"], ENTERPRISE);
    let schemas = okta.get("/Schemas").await.body;
    assert_eq!(ids(&schemas), [USER, ENTERPRISE, GROUP]);
    for schema in schemas["Resources"].as_array().unwrap() {
        let location = schema["meta"]["location"].as_str().unwrap();
        let path = location.split("/scim/v2/okta").nth(1).unwrap();
        assert_eq!(okta.get(path).await.body, *schema);
    }
    let encoded = USER.replace(':', "%3A");
    let user = okta.get(&format!("/Schemas/{encoded}")).await;
    assert_eq!(user.body["id"], USER);
    for unknown in ["/Schemas/urn:unknown", "/ResourceTypes/Device"] {
        assert_eq!(okta.get(unknown).await.status, StatusCode::NOT_FOUND);
    }
    // RFC 7644 §4.
    for list in ["/Schemas", "/ResourceTypes"] {
        let filtered = okta.get(&format!("{list}?filter=id%20pr")).await;
        assert_eq!(filtered.status, StatusCode::FORBIDDEN);
    }
}
