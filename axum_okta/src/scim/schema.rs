//! What this server supports (RFC 7643 §5 to §8, RFC 7644 §4).

use std::sync::LazyLock;

use axum::response::Response;
use http::StatusCode;
use scim_v2::{models::scim_schema::get_schemas, schema_urns};
use serde_json::{Value, json};

use super::{
    ScimError, answer,
    attributes::{Attributes, ENTERPRISE},
    list::list_response,
    query::MAX_COUNT,
    roles::Listed,
};

/// As the RFC publishes them, with what this app does beyond.
static SCHEMAS: LazyLock<Vec<Attributes>> = LazyLock::new(|| {
    let schemas = get_schemas(vec!["user", "enterprise_user", "group"]).unwrap_or_default();
    let schemas = schemas.iter().filter_map(|schema| {
        let mut schema = serde_json::to_value(schema).ok()?;
        without_null(&mut schema);
        if schema["id"] == schema_urns::GROUP {
            describe_group(&mut schema);
        }
        schema["schemas"] = json!([schema_urns::SCHEMA]);
        schema.as_object().cloned()
    });
    schemas.collect()
});

/// A group has a name, which no other has.
fn describe_group(schema: &mut Value) {
    for attribute in schema["attributes"].as_array_mut().into_iter().flatten() {
        if attribute["name"] == "displayName" {
            attribute["required"] = true.into();
            attribute["uniqueness"] = "server".into();
        }
    }
}

fn without_null(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(without_null);
        }
        Value::Array(values) => values.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// With those of roles, if the connection takes them from Okta.
pub(super) fn schemas(
    base: &str,
    with_roles: bool,
    urn: Option<&str>,
) -> Result<Response, ScimError> {
    let of_roles = Listed::ALL.iter().filter(|_| with_roles);
    let of_roles = of_roles.map(|listed| listed.description());
    let located = SCHEMAS.iter().cloned().chain(of_roles).map(|mut schema| {
        let id = schema.get("id").and_then(Value::as_str).unwrap_or_default();
        let location = format!("{base}/Schemas/{id}");
        let meta = json!({ "resourceType": "Schema", "location": location });
        schema.insert("meta".to_owned(), meta);
        schema
    });
    one_or_all(located.collect(), "id", urn)
}

pub(super) fn resource_types(
    base: &str,
    with_roles: bool,
    name: Option<&str>,
) -> Result<Response, ScimError> {
    let of = |name: &str, endpoint: &str, schema: &str, extensions: Value| {
        let location = format!("{base}/ResourceTypes/{name}");
        json!({
            "schemas": [schema_urns::RESOURCE_TYPE],
            "id": name,
            "name": name,
            "endpoint": endpoint,
            "description": format!("{name} resource"),
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": location },
        })
    };
    let enterprise = json!([{ "schema": ENTERPRISE, "required": false }]);
    let mut types = vec![
        of("User", "/Users", schema_urns::USER, enterprise),
        of("Group", "/Groups", schema_urns::GROUP, json!([])),
    ];
    for listed in Listed::ALL.iter().filter(|_| with_roles) {
        let endpoint = format!("/{}", listed.endpoint());
        types.push(of(listed.name(), &endpoint, listed.schema(), json!([])));
    }
    let types = types.iter().filter_map(|one| one.as_object().cloned());
    one_or_all(types.collect(), "id", name)
}

fn one_or_all(all: Vec<Attributes>, key: &str, name: Option<&str>) -> Result<Response, ScimError> {
    let Some(name) = name else {
        return Ok(list_response(all.len(), 1, all));
    };
    let mut all = all.into_iter();
    let found = all.find(|one| {
        let key = one.get(key).and_then(Value::as_str);
        key.is_some_and(|key| key.eq_ignore_ascii_case(name))
    });
    let found = found.ok_or(ScimError::NoRoute)?;
    Ok(answer(StatusCode::OK, &found.into()))
}

pub(super) fn service_provider_config(base: &str, token_endpoint: &str) -> Response {
    let config = json!({
        "schemas": [schema_urns::SERVICE_PROVIDER_CONFIG],
        "documentationUri": "https://docs.rs/axum_okta",
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token from the app's settings page, section Provisioning",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }, {
            "type": "oauth2",
            "name": "OAuth 2 client credentials",
            "description": format!(
                "A token from {token_endpoint}, for a client that authenticates with private_key_jwt"
            ),
            "specUri": "https://www.rfc-editor.org/rfc/rfc7523",
            "primary": false,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    });
    answer(StatusCode::OK, &config)
}
