//! The authorization endpoint.

use std::collections::HashMap;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use serde_json::json;

use super::{
    CLIENT_ID, Provider,
    behaviour::{Code, merge},
    people::named,
};

/// Signs in whoever `person` is without asking, but not silently. With a `login_hint`, somebody of
/// that name.
pub async fn authorize(
    State(provider): State<Provider>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let number = provider.count("authorize");
    if query.get("prompt").is_some_and(|prompt| prompt == "none") {
        provider.count("silent");
    }
    let mut behaviour = provider.now();
    let pushed = query.get("request_uri").cloned();
    let query = match &pushed {
        // Once (RFC 9126 §7.3), by the client that pushed it, and with nothing beside it.
        Some(name) => match behaviour.pushed.remove(name) {
            Some(pushed)
                if pushed.get("client_id") == query.get("client_id") && query.len() == 2 =>
            {
                pushed
            }
            _ => return (StatusCode::BAD_REQUEST, "Unknown request_uri").into_response(),
        },
        None => query,
    };
    let redirect_uri = query.get("redirect_uri").cloned().unwrap_or_default();
    if query.get("client_id").map(String::as_str) != Some(CLIENT_ID)
        || !behaviour.redirect_uris.contains(&redirect_uri)
    {
        return (
            StatusCode::BAD_REQUEST,
            "The 'redirect_uri' parameter must be registered.",
        )
            .into_response();
    }
    let silent = query.get("prompt").is_some_and(|prompt| prompt == "none");
    if silent && !behaviour.silent {
        return "Please sign in".into_response();
    }
    let mut answer = json!({ "state": query.get("state"), "iss": provider.issuer });
    let scopes = query.get("scope").map(String::as_str).unwrap_or_default();
    if behaviour.only_pushed && pushed.is_none() {
        let error = json!({ "error": "invalid_request",
            "error_description": "Pushed Authorization Request must be used" });
        merge(&mut answer, &error);
    } else if let Some(error) = &behaviour.authorize_error {
        merge(&mut answer, error);
    } else if scopes.split(' ').any(|scope| scope == "made-up") {
        merge(&mut answer, &json!({ "error": "invalid_scope" }));
    } else if silent && !behaviour.remembers {
        merge(&mut answer, &json!({ "error": "login_required" }));
    } else if query.get("code_challenge_method").map(String::as_str) != Some("S256") {
        merge(
            &mut answer,
            &json!({ "error": "invalid_request", "error_description": "PKCE required" }),
        );
    } else {
        behaviour.last_nonce = query.get("nonce").cloned();
        let code = format!("code-{number}");
        behaviour.codes.insert(
            code.clone(),
            Code {
                nonce: query.get("nonce").cloned(),
                challenge: query.get("code_challenge").cloned().unwrap_or_default(),
                redirect_uri: redirect_uri.clone(),
                is_offline: scopes.split(' ').any(|scope| scope == "offline_access"),
                person: query.get("login_hint").map(|name| named(name)),
                key: query.get("dpop_jkt").cloned(),
            },
        );
        merge(&mut answer, &json!({ "code": code }));
        merge(&mut answer, &behaviour.callback);
    }
    let parameters = answer
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
    let location = url::Url::parse_with_params(&redirect_uri, parameters).expect("a URL");
    Redirect::to(location.as_str()).into_response()
}
