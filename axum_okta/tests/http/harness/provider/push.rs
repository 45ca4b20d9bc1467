//! The endpoint for pushed authorization requests (RFC 9126).

use std::collections::HashMap;

use axum::{
    Form, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{
    Provider,
    token::{is_authenticated, oauth_error},
};

pub async fn push(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let number = provider.count("push");
    let mut behaviour = provider.now();
    if let Some(answer) = &behaviour.push_answer {
        return answer.clone().into_response();
    }
    let called = format!("{}/par", provider.issuer);
    if !is_authenticated(&mut behaviour, &headers, &form, &called) {
        return oauth_error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if form.contains_key("request_uri") {
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_request");
    }
    let name = format!("urn:ietf:params:oauth:request_uri:{number}");
    behaviour.pushed.insert(name.clone(), form);
    let answer = json!({ "request_uri": name, "expires_in": 60 });
    (StatusCode::CREATED, Json(answer)).into_response()
}
