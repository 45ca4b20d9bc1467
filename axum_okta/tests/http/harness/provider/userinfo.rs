//! The userinfo endpoint.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::{CLIENT_ID, Provider, behaviour::merge, signing::signed, token::ACCESS_TOKEN};

pub async fn userinfo(
    State(provider): State<Provider>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    provider.count("userinfo");
    // An access token has no place in an address (RFC 9700 §4.3.2).
    if query.is_some() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
    if token.is_none_or(|token| !token.starts_with(ACCESS_TOKEN)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let behaviour = provider.now();
    if let Some(answer) = &behaviour.userinfo_answer {
        return answer.clone().into_response();
    }
    let mut claims = behaviour.person.clone();
    if behaviour.userinfo_signature.is_some() {
        merge(
            &mut claims,
            &json!({ "iss": provider.issuer, "aud": CLIENT_ID }),
        );
    }
    merge(&mut claims, &behaviour.userinfo);
    let Some(signature) = behaviour.userinfo_signature else {
        return Json(claims).into_response();
    };
    let jwt = signed(&behaviour, signature, &claims);
    ([(header::CONTENT_TYPE, "application/jwt")], jwt).into_response()
}
