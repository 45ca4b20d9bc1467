//! The description of the JSON API, as it is served.

use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::harness::App;

#[tokio::test]
async fn everybody_may_read_the_description_and_it_says_where_the_api_is() {
    let app = App::start().await;
    let answer = app.browser().api("/api/okta/openapi.json").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    let description: Value = answer.json().await.unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    assert_eq!(description["servers"][0]["url"], json!(app.url));
    let schemes = &description["components"]["securitySchemes"];
    assert_eq!(schemes["token"]["scheme"], "bearer");
    assert_eq!(schemes["session"]["name"], "okta_session");

    let app = App::start_with(|builder| builder.prefix("/auth")).await;
    let below: Value = app.browser().json("/auth/api/okta/openapi.json").await;
    let server = format!("{}/auth", app.url);
    assert_eq!(below["servers"][0]["url"], server);
    assert_eq!(below["paths"], description["paths"]);
}
