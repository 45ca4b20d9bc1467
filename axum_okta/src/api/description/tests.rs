use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::json;
use tower::ServiceExt;
use utoipa::OpenApi;

use super::JsonApi;
use crate::{api, okta::Okta};

/// A path and a method.
type Route = (String, String);

async fn served() -> BTreeSet<Route> {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("okta.db").display());
    let okta = Okta::builder().database(database).open().await.unwrap();
    let mut served = BTreeSet::new();
    for (path, methods) in api::routes(&okta) {
        let methods = methods.with_state(okta.clone());
        for method in [
            Method::GET,
            Method::PUT,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
        ] {
            let request = Request::builder().method(&method).uri("/");
            let request = request.body(Body::empty()).unwrap();
            let answer = methods.clone().oneshot(request).await.unwrap();
            if answer.status() != StatusCode::METHOD_NOT_ALLOWED {
                served.insert((path.to_owned(), method.as_str().to_lowercase()));
            }
        }
    }
    served
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else_is() {
    let description = json!(JsonApi::openapi());
    let paths = description["paths"].as_object().unwrap().iter();
    let described = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| (path.clone(), method.clone()))
    });
    let described: BTreeSet<Route> = described.collect();
    let served = served().await;
    let missing: Vec<&Route> = served.difference(&described).collect();
    assert!(missing.is_empty(), "not described: {missing:?}");
    let invented: Vec<&Route> = described.difference(&served).collect();
    assert!(invented.is_empty(), "not served: {invented:?}");
}

#[test]
fn what_names_a_schema_names_one_that_is_there() {
    let description = json!(JsonApi::openapi());
    let schemas = description["components"]["schemas"].as_object().unwrap();
    let text = description.to_string();
    let named = text.split("#/components/schemas/").skip(1);
    let named: BTreeSet<&str> = named.filter_map(|rest| rest.split('"').next()).collect();
    assert!(named.contains("ConnectionSummary"));
    for name in named {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[test]
fn a_connection_has_its_display_name_outside_of_config() {
    let description = json!(JsonApi::openapi());
    let schemas = &description["components"]["schemas"];
    let config = schemas["NestedConfig"]["allOf"].as_array().unwrap().iter();
    let fields = config.flat_map(|part| part["properties"].as_object().unwrap().keys());
    let fields: BTreeSet<&str> = fields.map(String::as_str).collect();
    let options = schemas["ConnectionOptions"]["properties"].as_object();
    for option in options.unwrap().keys() {
        let is_inside = option != "display_name";
        assert_eq!(fields.contains(option.as_str()), is_inside, "{option}");
    }
    let outside = &schemas["NestedConnection"]["properties"];
    assert!(outside.get("name").is_some());
}
