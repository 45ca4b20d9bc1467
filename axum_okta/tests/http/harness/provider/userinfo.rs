//! The userinfo endpoint.

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;

use super::{
    CLIENT_ID, Provider,
    behaviour::{Behaviour, merge},
    dpop::Proven,
    signing::signed,
    token::ACCESS_TOKEN,
};

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
    let mut behaviour = provider.now();
    if let Some(refusal) = refusal(&mut behaviour, &provider.issuer, &headers) {
        return refusal;
    }
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
        let answer = Json(claims).into_response();
        return behaviour.dpop.renew("userinfo", answer);
    };
    let jwt = signed(&behaviour, signature, &claims);
    ([(header::CONTENT_TYPE, "application/jwt")], jwt).into_response()
}

/// Why whoever asks is told nothing. A token that is bound is of use with a proof alone, and a proof
/// with such a token alone (RFC 9449 §7).
fn refusal(behaviour: &mut Behaviour, issuer: &str, headers: &HeaderMap) -> Option<Response> {
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization.and_then(|value| value.to_str().ok());
    let (scheme, token) = authorization
        .and_then(|value| value.split_once(' '))
        .unwrap_or_default();
    let proven = behaviour.dpop.key(&Proven {
        headers,
        method: Method::GET,
        issuer,
        endpoint: "userinfo",
        access_token: Some(token),
    });
    let key = match proven {
        Ok(key) => key,
        Err(refused) => return Some(refused.at_resource()),
    };
    let is_bound = behaviour.dpop.is_bound(token);
    let is_good = token.starts_with(ACCESS_TOKEN)
        && scheme == if is_bound { "DPoP" } else { "Bearer" }
        && behaviour.dpop.is_for(token, key.as_deref())
        && key.is_some() == is_bound;
    (!is_good).then(|| StatusCode::UNAUTHORIZED.into_response())
}
