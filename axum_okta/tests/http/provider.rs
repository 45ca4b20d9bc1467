//! An OpenID provider that does what a test tells it to, right or wrong. Real HTTP, real keys.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use hmac::{Hmac, Mac};
use http::{HeaderMap, StatusCode, Uri, header};
use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    pkcs8::{EncodePublicKey, LineEnding},
    signature::{SignatureEncoding, Signer},
    traits::PublicKeyParts,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

pub const CLIENT_ID: &str = "0oa1testclient";
pub const CLIENT_SECRET: &str = "the-right-secret";
pub const API_TOKEN: &str = "00aTheRightApiToken";

/// What a person at the provider is: subject and claims.
pub fn ada() -> Value {
    json!({
        "sub": "00u1ada", "name": "Ada Lovelace", "preferred_username": "ada",
        "email": "ada@example.com", "email_verified": true, "locale": "en-GB",
        "picture": "https://example.com/ada.png", "groups": ["Engineering", "Everyone"],
    })
}

pub fn grace() -> Value {
    json!({ "sub": "00u2grace", "name": "Grace Hopper", "email": "grace@example.com", "groups": [] })
}

/// The provider's keys, made once for the whole test process: making one takes a while.
static KEYS: [LazyLock<RsaPrivateKey>; 2] = [LazyLock::new(new_key), LazyLock::new(new_key)];

fn new_key() -> RsaPrivateKey {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key")
}

/// How the ID token is signed.
#[derive(Clone, Copy, PartialEq)]
pub enum Signature {
    /// RS256, with the key of this index.
    Key(usize),
    /// RS256, and then one bit turned.
    Broken,
    /// `alg: none`, and no signature.
    None,
    /// HS256, with the public key as the shared secret.
    PublicKeyAsSecret,
    /// HS256, with the client secret.
    ClientSecret,
}

/// What the provider does. Everything right by default; tests change fields.
pub struct Behaviour {
    pub person: Value,
    pub client_secret: String,
    /// Whether the client authenticates with `client_secret_post` rather than `client_secret_basic`.
    pub takes_secret_in_body: bool,
    pub redirect_uris: Vec<String>,
    /// Merged over the discovery document; `null` removes a field.
    pub discovery: Value,
    /// Sent instead of the discovery document.
    pub discovery_answer: Option<(StatusCode, HeaderMap, Bytes)>,
    /// How long the discovery document takes.
    pub discovery_delay: Duration,
    /// Merged over the ID token's claims; `null` removes a claim.
    pub id_token: Value,
    /// Merged over the ID token's header; `null` removes a field.
    pub header: Value,
    pub signature: Signature,
    /// The keys at `jwks_uri`, by index, and whether they have a `kid`.
    pub published: Vec<usize>,
    pub kid: bool,
    /// Claims kept out of the ID token, and left to userinfo.
    pub thin: bool,
    /// Merged over userinfo.
    pub userinfo: Value,
    /// Merged over the callback's parameters; `null` removes one.
    pub callback: Value,
    /// Whether `prompt=none` is understood.
    pub silent: bool,
    /// The token endpoint fails with this status and no JSON.
    pub token_down: bool,
    /// The management API's token, and whose it is.
    pub api_token: &'static str,
    pub api_owner: &'static str,
    /// Whether the token's owner may read the org's groups.
    pub api_may_read_groups: bool,
    /// The person's groups as the management API knows them, and how many of them it sends at once.
    pub api_groups: Vec<String>,
    pub api_page: usize,
    /// Sent instead of any answer of the management API.
    pub api_answer: Option<(StatusCode, HeaderMap, Bytes)>,
    /// How often each endpoint was asked.
    pub asked: HashMap<&'static str, usize>,
    codes: HashMap<String, Code>,
}

struct Code {
    nonce: Option<String>,
    challenge: String,
    redirect_uri: String,
}

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    behaviour: Arc<Mutex<Behaviour>>,
    was_asked: Arc<Notify>,
}

impl Provider {
    /// Starts one that knows [`CLIENT_ID`] and this redirect URI.
    pub async fn start(redirect_uri: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let provider = Self {
            issuer,
            behaviour: Arc::new(Mutex::new(Behaviour {
                person: ada(),
                client_secret: CLIENT_SECRET.to_owned(),
                redirect_uris: vec![redirect_uri.to_owned()],
                discovery: json!({}),
                discovery_answer: None,
                discovery_delay: Duration::ZERO,
                id_token: json!({}),
                header: json!({}),
                signature: Signature::Key(0),
                published: vec![0],
                kid: true,
                thin: false,
                userinfo: json!({}),
                callback: json!({}),
                silent: true,
                token_down: false,
                api_token: API_TOKEN,
                api_owner: "admin@example.com",
                api_may_read_groups: true,
                takes_secret_in_body: false,
                api_groups: ["Everyone", "Engineering", "On call"]
                    .map(str::to_owned)
                    .to_vec(),
                api_page: 200,
                api_answer: None,
                asked: HashMap::new(),
                codes: HashMap::new(),
            })),
            was_asked: Arc::default(),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/api/v1/users/me", get(api_me))
            .route("/api/v1/groups", get(api_all_groups))
            .route("/api/v1/users/{user}/groups", get(api_groups))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub fn now(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour
            .lock()
            .expect("no test panicked while holding it")
    }

    pub fn asked(&self, endpoint: &str) -> usize {
        self.now().asked.get(endpoint).copied().unwrap_or(0)
    }

    /// Waits until an endpoint was asked that often in all.
    pub async fn until_asked(&self, endpoint: &str, times: usize) {
        while self.asked(endpoint) < times {
            self.was_asked.notified().await;
        }
    }

    fn count(&self, endpoint: &'static str) {
        *self.now().asked.entry(endpoint).or_default() += 1;
        self.was_asked.notify_one();
    }
}

async fn discovery(State(provider): State<Provider>) -> Response {
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

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    provider.count("keys");
    let behaviour = provider.now();
    let keys: Vec<Value> = behaviour
        .published
        .iter()
        .map(|&index| {
            let key = &KEYS[index];
            let mut published = json!({
                "kty": "RSA", "use": "sig", "alg": "RS256",
                "n": BASE64_URL_SAFE_NO_PAD.encode(key.n().to_bytes_be()),
                "e": BASE64_URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
            });
            if behaviour.kid {
                published["kid"] = kid(index);
            }
            published
        })
        .collect();
    Json(json!({ "keys": keys }))
}

fn kid(index: usize) -> Value {
    json!(format!("key-{index}"))
}

/// Signs in whoever `person` is without asking, but not silently.
async fn authorize(
    State(provider): State<Provider>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    provider.count("authorize");
    let mut behaviour = provider.now();
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
    if scopes.split(' ').any(|scope| scope == "made-up") {
        merge(&mut answer, &json!({ "error": "invalid_scope" }));
    } else if silent {
        merge(&mut answer, &json!({ "error": "login_required" }));
    } else if query.get("code_challenge_method").map(String::as_str) != Some("S256") {
        merge(
            &mut answer,
            &json!({ "error": "invalid_request", "error_description": "PKCE required" }),
        );
    } else {
        let code = format!("code-{}", behaviour.asked["authorize"]);
        behaviour.codes.insert(
            code.clone(),
            Code {
                nonce: query.get("nonce").cloned(),
                challenge: query.get("code_challenge").cloned().unwrap_or_default(),
                redirect_uri: redirect_uri.clone(),
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

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    axum::Form(form): axum::Form<HashMap<String, String>>,
) -> Response {
    provider.count("token");
    let mut behaviour = provider.now();
    if behaviour.token_down {
        return (StatusCode::BAD_GATEWAY, "<h1>502</h1>").into_response();
    }
    let basic = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{}", behaviour.client_secret));
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let authenticated = if behaviour.takes_secret_in_body {
        form.get("client_id").map(String::as_str) == Some(CLIENT_ID)
            && form.get("client_secret") == Some(&behaviour.client_secret)
    } else {
        authorization == Some(&format!("Basic {basic}"))
    };
    if !authenticated {
        return oauth_error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let code = form
        .get("code")
        .and_then(|code| behaviour.codes.remove(code));
    let verifier = form
        .get("code_verifier")
        .map(String::as_str)
        .unwrap_or_default();
    let proof = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    let Some(code) = code.filter(|code| {
        code.challenge == proof && form.get("redirect_uri") == Some(&code.redirect_uri)
    }) else {
        return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let mut claims = if behaviour.thin {
        json!({ "sub": behaviour.person["sub"] })
    } else {
        behaviour.person.clone()
    };
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    merge(
        &mut claims,
        &json!({
            "iss": provider.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 3600, "nonce": code.nonce,
        }),
    );
    merge(&mut claims, &behaviour.id_token);
    Json(json!({
        "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600,
        "id_token": signed(&behaviour, &claims),
    }))
    .into_response()
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("userinfo");
    if headers
        .get(header::AUTHORIZATION)
        .is_none_or(|value| value != "Bearer an-access-token")
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let behaviour = provider.now();
    let mut claims = behaviour.person.clone();
    merge(&mut claims, &behaviour.userinfo);
    Json(claims).into_response()
}

async fn api_me(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead_of_api(&behaviour, &headers) {
        return answer;
    }
    let login = behaviour.api_owner;
    Json(json!({ "id": "00u0admin", "status": "ACTIVE", "profile": { "login": login } }))
        .into_response()
}

/// The person's groups, a page at a time, with one `link` line a relation.
async fn api_all_groups(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead_of_api(&behaviour, &headers) {
        return answer;
    }
    if !behaviour.api_may_read_groups {
        let summary = "You do not have permission to perform the requested action";
        return api_error(StatusCode::FORBIDDEN, "E0000006", summary);
    }
    Json(json!([])).into_response()
}

async fn api_groups(
    State(provider): State<Provider>,
    Path(user): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    provider.count("api");
    let behaviour = provider.now();
    if let Some(answer) = instead_of_api(&behaviour, &headers) {
        return answer;
    }
    if behaviour.person["sub"] != user {
        let summary = format!("Not found: Resource not found: {user} (User)");
        return api_error(StatusCode::NOT_FOUND, "E0000007", &summary);
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
fn instead_of_api(behaviour: &Behaviour, headers: &HeaderMap) -> Option<Response> {
    if let Some(answer) = behaviour.api_answer.clone() {
        return Some(answer.into_response());
    }
    let expected = format!("SSWS {}", behaviour.api_token);
    let authorized = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value == expected.as_str());
    (!authorized).then(|| {
        api_error(
            StatusCode::UNAUTHORIZED,
            "E0000011",
            "Invalid token provided",
        )
    })
}

fn api_error(status: StatusCode, code: &str, summary: &str) -> Response {
    let error = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": [],
    });
    (status, Json(error)).into_response()
}

fn oauth_error(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

fn signed(behaviour: &Behaviour, claims: &Value) -> String {
    let (alg, index) = match behaviour.signature {
        Signature::Key(index) => ("RS256", index),
        Signature::Broken => ("RS256", 0),
        Signature::None => ("none", 0),
        Signature::PublicKeyAsSecret | Signature::ClientSecret => ("HS256", 0),
    };
    let mut header = json!({ "alg": alg });
    if behaviour.kid {
        header["kid"] = kid(index);
    }
    merge(&mut header, &behaviour.header);
    let message = format!(
        "{}.{}",
        BASE64_URL_SAFE_NO_PAD.encode(header.to_string()),
        BASE64_URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let signature = match behaviour.signature {
        Signature::Key(index) => rs256(index, &message),
        Signature::Broken => {
            let mut signature = rs256(0, &message);
            signature[0] ^= 1;
            signature
        }
        Signature::None => Vec::new(),
        Signature::PublicKeyAsSecret => {
            let pem = KEYS[0]
                .to_public_key()
                .to_public_key_pem(LineEnding::LF)
                .expect("a PEM");
            hs256(pem.as_bytes(), &message)
        }
        Signature::ClientSecret => hs256(CLIENT_SECRET.as_bytes(), &message),
    };
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn rs256(index: usize, message: &str) -> Vec<u8> {
    let key = SigningKey::<Sha256>::new(KEYS[index].clone());
    key.sign(message.as_bytes()).to_vec()
}

fn hs256(secret: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Puts the fields of `changes` over `value`; `null` removes.
fn merge(value: &mut Value, changes: &Value) {
    let (Some(fields), Some(changes)) = (value.as_object_mut(), changes.as_object()) else {
        return;
    };
    for (name, change) in changes {
        if change.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), change.clone());
        }
    }
}
