//! The discovery document.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Provider, behaviour::merge};

pub async fn discovery(State(provider): State<Provider>) -> Response {
    provider.count("discovery");
    let (delay, answer) = {
        let behaviour = provider.now();
        (
            behaviour.discovery_delay,
            behaviour.discovery_answer.clone(),
        )
    };
    tokio::time::sleep(delay).await;
    if let Some(answer) = answer {
        return answer.into_response();
    }
    let issuer = &provider.issuer;
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "claims_supported": ["sub", "name", "email", "groups"],
        "authorization_response_iss_parameter_supported": true,
    });
    merge(&mut document, &provider.now().discovery);
    Json(document).into_response()
}
