//! The userinfo endpoint.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};

use super::{Provider, behaviour::merge, token::ACCESS_TOKEN};

pub async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("userinfo");
    if headers
        .get(header::AUTHORIZATION)
        .is_none_or(|value| value != format!("Bearer {ACCESS_TOKEN}").as_str())
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let behaviour = provider.now();
    let mut claims = behaviour.person.clone();
    merge(&mut claims, &behaviour.userinfo);
    Json(claims).into_response()
}
