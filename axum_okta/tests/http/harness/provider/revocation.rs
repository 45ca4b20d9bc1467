//! Revoking tokens (RFC 7009).

use std::collections::HashMap;

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};

use super::{
    Provider,
    mishap::{Mishap, bad_gateway},
    token::{is_authenticated, oauth_error},
};

pub async fn revoke(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    provider.count("revoke");
    let delay = provider.now().revocation_delay;
    tokio::time::sleep(delay).await;
    let mishap = Mishap::at_random(&provider);
    if mishap == Some(Mishap::Fails) {
        return bad_gateway();
    }
    let answer = answer(&provider, &headers, &form);
    match mishap {
        Some(mishap) => mishap.befalls(answer).await,
        None => answer,
    }
}

fn answer(provider: &Provider, headers: &HeaderMap, form: &HashMap<String, String>) -> Response {
    let mut behaviour = provider.now();
    let called = format!("{}/revoke", provider.issuer);
    if let Some(answer) = behaviour.revocation_answer.clone() {
        drop(behaviour);
        provider.count("not revoked");
        return answer.into_response();
    }
    if !is_authenticated(&mut behaviour, headers, form, &called) {
        return oauth_error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if form.get("token_type_hint").map(String::as_str) != Some("refresh_token") {
        return oauth_error(StatusCode::BAD_REQUEST, "unsupported_token_type");
    }
    let token = form.get("token").cloned().unwrap_or_default();
    behaviour.refreshing.revoke(&token);
    behaviour.revoked.push(token);
    drop(behaviour);
    provider.count("revoked");
    StatusCode::OK.into_response()
}
