//! Okta's management API: whose the token is, and a person's groups.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::{Provider, behaviour::Behaviour};

pub async fn me(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead(&behaviour, &headers) {
        return answer;
    }
    let login = behaviour.api_owner;
    Json(json!({ "id": "00u0admin", "status": "ACTIVE", "profile": { "login": login } }))
        .into_response()
}

pub async fn all_groups(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead(&behaviour, &headers) {
        return answer;
    }
    if !behaviour.api_may_read_groups {
        let summary = "You do not have permission to perform the requested action";
        return error(StatusCode::FORBIDDEN, "E0000006", summary);
    }
    Json(json!([])).into_response()
}

/// The person, and whether they may sign in.
pub async fn user(
    State(provider): State<Provider>,
    Path(user): Path<String>,
    headers: HeaderMap,
) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead(&behaviour, &headers) {
        return answer;
    }
    if behaviour.person["sub"] != user {
        let summary = format!("Not found: Resource not found: {user} (User)");
        return error(StatusCode::NOT_FOUND, "E0000007", &summary);
    }
    Json(json!({ "id": user, "status": behaviour.api_status })).into_response()
}

/// The person's groups, a page at a time, with one `link` line a relation.
pub async fn groups(
    State(provider): State<Provider>,
    Path(user): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead(&behaviour, &headers) {
        return answer;
    }
    if behaviour.person["sub"] != user {
        let summary = format!("Not found: Resource not found: {user} (User)");
        return error(StatusCode::NOT_FOUND, "E0000007", &summary);
    }
    let number = |name| query.get(name).and_then(|value| value.parse().ok());
    let limit = number("limit").unwrap_or(behaviour.api_page);
    let groups: Vec<Value> = behaviour
        .api_groups
        .iter()
        .enumerate()
        .map(|(index, name)| {
            json!({
                "id": format!("00g{index}"), "type": "OKTA_GROUP",
                "profile": { "name": name, "description": null },
            })
        })
        .collect();
    let start = number("after").unwrap_or(0).min(groups.len());
    let end = (start + behaviour.api_page.min(limit)).min(groups.len());

    let url = format!("{}{}", provider.issuer, uri.path());
    let mut links = HeaderMap::new();
    let mut link = |query: String, relation: &str| {
        let link = format!(r#"<{url}?{query}>; rel="{relation}""#);
        links.append(header::LINK, link.parse().expect("a header"));
    };
    link(format!("limit={limit}"), "self");
    if end < groups.len() {
        link(format!("after={end}&limit={limit}"), "next");
    }
    (links, Json(&groups[start..end])).into_response()
}

/// What the management API answers to somebody without the token, or because the test says so.
fn instead(behaviour: &Behaviour, headers: &HeaderMap) -> Option<Response> {
    if let Some(answer) = behaviour.api_answer.clone() {
        return Some(answer.into_response());
    }
    let expected = format!("SSWS {}", behaviour.api_token);
    let authorized = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value == expected.as_str());
    (!authorized).then(|| {
        error(
            StatusCode::UNAUTHORIZED,
            "E0000011",
            "Invalid token provided",
        )
    })
}

fn error(status: StatusCode, code: &str, summary: &str) -> Response {
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": [],
    });
    (status, Json(body)).into_response()
}
