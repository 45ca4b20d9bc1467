//! The token endpoint.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{
    CLIENT_ID, Provider,
    assertion::is_proof,
    behaviour::{Authentication, Behaviour, merge},
    dpop::{Proven, Refused},
    mishap::{Mishap, bad_gateway},
    refresh,
    signing::signed,
};

/// What it gives first, and userinfo takes. Those that follow have a number.
pub const ACCESS_TOKEN: &str = "an-access-token";

/// As it arrived.
#[derive(Clone)]
pub struct TokenRequest {
    pub headers: HeaderMap,
    pub query: Option<String>,
    pub body: String,
}

impl TokenRequest {
    /// The form's fields, one by one.
    pub fn fields(&self) -> Vec<(String, String)> {
        let fields = form_urlencoded::parse(self.body.as_bytes());
        fields.into_owned().collect()
    }
}

/// RFC 6749 §2.3.1.
fn basic(secret: &str) -> String {
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    BASE64_STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(secret)))
}

pub async fn token(
    State(provider): State<Provider>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let request = TokenRequest {
        headers: headers.clone(),
        query,
        body,
    };
    let form: HashMap<String, String> = request.fields().into_iter().collect();
    provider.now().token_request = Some(request);
    provider.count("token");
    let delay = provider.now().token_delay;
    tokio::time::sleep(delay).await;
    let called = format!("{}/token", provider.issuer);
    if let Some(refusal) = refusal(&mut provider.now(), &headers, &form, &called) {
        return refusal;
    }
    let proven = key(&mut provider.now(), &provider.issuer, &headers);
    let key = match proven {
        Ok(key) => key,
        Err(refused) => return refused.at_token_endpoint(),
    };
    let mishap = Mishap::at_random(&provider);
    if mishap == Some(Mishap::Fails) {
        return bad_gateway();
    }
    let answer = match form.get("grant_type").map(String::as_str) {
        Some("authorization_code") => {
            code_grant(&provider, &mut provider.now(), &form, key.as_deref())
        }
        Some("refresh_token") => refresh::refresh_grant(&provider, &form, key.as_deref()).await,
        _ => oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    };
    let answer = provider.now().dpop.renew("token", answer);
    match mishap {
        Some(mishap) => mishap.befalls(answer).await,
        None => answer,
    }
}

/// The key that tokens are to be bound to.
fn key(
    behaviour: &mut Behaviour,
    issuer: &str,
    headers: &HeaderMap,
) -> Result<Option<String>, Refused> {
    let key = behaviour.dpop.key(&Proven {
        headers,
        method: Method::POST,
        issuer,
        endpoint: "token",
        access_token: None,
    })?;
    match key {
        None if behaviour.dpop.demanded => Err(Refused::without_proof()),
        key => Ok(key),
    }
}

/// Why a request gets no token, whatever it asks for.
fn refusal(
    behaviour: &mut Behaviour,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
    called: &str,
) -> Option<Response> {
    if behaviour.token_down {
        return Some(bad_gateway());
    }
    if let Some(answer) = &behaviour.token_answer {
        return Some(answer.clone().into_response());
    }
    if let Some(error) = &behaviour.token_error {
        return Some((StatusCode::BAD_REQUEST, Json(error)).into_response());
    }
    let authenticated = is_authenticated(behaviour, headers, form, called);
    (!authenticated).then(|| oauth_error(StatusCode::UNAUTHORIZED, "invalid_client"))
}

/// Whether the client proves who it is in the way that it has to, and in no other.
pub(super) fn is_authenticated(
    behaviour: &mut Behaviour,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
    called: &str,
) -> bool {
    let basic = basic(&behaviour.client_secret);
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let names_itself = form.get("client_id").map(String::as_str) == Some(CLIENT_ID);
    let secret = form.get("client_secret");
    let has_no_secret = names_itself && secret.is_none() && authorization.is_none();
    match behaviour.authentication {
        Authentication::Basic => authorization == Some(&format!("Basic {basic}")),
        Authentication::Post => names_itself && secret == Some(&behaviour.client_secret),
        Authentication::Key => has_no_secret && is_proof(behaviour, form, called),
        Authentication::Public => has_no_secret && !form.contains_key("client_assertion"),
    }
}

fn code_grant(
    provider: &Provider,
    behaviour: &mut Behaviour,
    form: &HashMap<String, String>,
    key: Option<&str>,
) -> Response {
    let code = form
        .get("code")
        .and_then(|code| behaviour.codes.remove(code));
    let verifier = form
        .get("code_verifier")
        .map(String::as_str)
        .unwrap_or_default();
    let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let Some(code) = code.filter(|code| {
        code.challenge == proof
            && form.get("redirect_uri") == Some(&code.redirect_uri)
            && (code.key.is_none() || code.key.as_deref() == key)
    }) else {
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let mut claims = id_token_claims(provider, behaviour, code.person.as_ref());
    merge(&mut claims, &json!({ "nonce": code.nonce }));
    merge(&mut claims, &behaviour.id_token);
    let id_token = signed(behaviour, behaviour.signature, &claims);
    behaviour.last_id_token = Some(id_token.clone());
    let mut answer = json!({
        "access_token": ACCESS_TOKEN, "token_type": token_type(key),
        "expires_in": behaviour.expires_in, "id_token": id_token,
    });
    behaviour.dpop.bind(ACCESS_TOKEN, key);
    if code.is_offline {
        answer["refresh_token"] = behaviour.new_refresh_token(code.person, key).into();
    }
    merge(&mut answer, &behaviour.token);
    Json(answer).into_response()
}

/// RFC 9449 §5.
pub(super) fn token_type(key: Option<&str>) -> &'static str {
    key.map_or("Bearer", |_| "DPoP")
}

/// As an ID token has them that is issued now.
pub(super) fn id_token_claims(
    provider: &Provider,
    behaviour: &Behaviour,
    person: Option<&Value>,
) -> Value {
    let person = person.unwrap_or(&behaviour.person);
    let mut claims = if behaviour.thin {
        json!({ "sub": person["sub"] })
    } else {
        person.clone()
    };
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    merge(
        &mut claims,
        &json!({ "iss": provider.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 3600 }),
    );
    claims
}

pub(super) fn oauth_error(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
