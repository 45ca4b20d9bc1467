//! What the provider does. Everything right by default; tests change fields.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use axum::body::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    API_TOKEN, CLIENT_SECRET, dpop::Dpop, people::ada, refresh::Refreshing, signing::Signature,
    token::TokenRequest,
};

/// An answer word for word.
type Answer = (StatusCode, HeaderMap, Bytes);

/// OpenID Connect Core §9: as `client_secret_basic`, `client_secret_post`, `private_key_jwt`, or
/// `none`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    Basic,
    Post,
    Key,
    Public,
}

pub struct Behaviour {
    pub person: Value,
    pub client_secret: String,
    /// How the client has to authenticate.
    pub authentication: Authentication,
    /// The client's public keys, as they were saved here.
    pub client_keys: Value,
    pub redirect_uris: Vec<String>,
    /// Merged over the discovery document; `null` removes a field.
    pub discovery: Value,
    /// Sent instead of the discovery document.
    pub discovery_answer: Option<Answer>,
    /// How long the discovery document takes.
    pub discovery_delay: Duration,
    /// How long the key set takes, and an answer of the token endpoint.
    pub keys_delay: Duration,
    pub token_delay: Duration,
    /// Merged over the ID token's claims; `null` removes a claim.
    pub id_token: Value,
    /// Merged over the ID token's header; `null` removes a field.
    pub header: Value,
    pub signature: Signature,
    /// How userinfo is signed, if it is.
    pub userinfo_signature: Option<Signature>,
    /// The keys at `jwks_uri`, by index, and whether they have a `kid`.
    pub published: Vec<usize>,
    pub kid: bool,
    /// Merged over each published key; `null` removes a field.
    pub key: Value,
    /// Claims kept out of the ID token, and left to userinfo.
    pub thin: bool,
    /// Merged over userinfo.
    pub userinfo: Value,
    /// Sent instead of userinfo.
    pub userinfo_answer: Option<Answer>,
    /// Merged over the callback's parameters; `null` removes one.
    pub callback: Value,
    /// Whether `prompt=none` is understood, and whether the person is known from before.
    pub silent: bool,
    pub remembers: bool,
    /// To which part of the requests to the token endpoint something happens at random.
    pub failing: f64,
    /// The token endpoint fails with this status and no JSON.
    pub token_down: bool,
    /// Merged over the token endpoint's answer; `null` removes a field.
    pub token: Value,
    /// Sent instead of any answer of the token endpoint.
    pub token_answer: Option<Answer>,
    /// How long access tokens are good, in seconds.
    pub expires_in: i64,
    /// Whom tokens are bound to.
    pub dpop: Dpop,
    pub refreshing: Refreshing,
    /// The tokens that were revoked.
    pub revoked: Vec<String>,
    /// How long the revocation endpoint takes, and what it answers instead.
    pub revocation_delay: Duration,
    pub revocation_answer: Option<Answer>,
    /// What the token endpoint refuses every request with.
    pub token_error: Option<Value>,
    /// What the endpoint for pushed requests answers every one with.
    pub push_answer: Option<Answer>,
    /// Whether only pushed requests are accepted.
    pub only_pushed: bool,
    /// What the authorization endpoint refuses every request with.
    pub authorize_error: Option<Value>,
    /// The management API's token, and whose it is.
    pub api_token: &'static str,
    pub api_owner: &'static str,
    /// What the management API says of the person's account.
    pub api_status: &'static str,
    /// Whether the token's owner may read the org's groups.
    pub api_may_read_groups: bool,
    /// The person's groups as the management API knows them, and how many of them it sends at
    /// once.
    pub api_groups: Vec<String>,
    pub api_page: usize,
    /// Sent instead of any answer of the management API.
    pub api_answer: Option<Answer>,
    /// What the token endpoint was asked last.
    pub token_request: Option<TokenRequest>,
    /// The ID token that was given last.
    pub last_id_token: Option<String>,
    /// The nonce that was sent last.
    pub last_nonce: Option<String>,
    /// How often each endpoint was asked.
    pub(super) asked: HashMap<&'static str, usize>,
    pub(super) codes: HashMap<String, Code>,
    /// The requests that were pushed, by their name.
    pub(super) pushed: HashMap<String, HashMap<String, String>>,
    /// The `jti` of every assertion.
    pub(super) assertions: HashSet<String>,
}

/// What an authorization code was given for.
pub(super) struct Code {
    /// Nobody in particular: whoever `person` is when the code is redeemed.
    pub person: Option<Value>,
    pub nonce: Option<String>,
    pub challenge: String,
    pub redirect_uri: String,
    /// Whether `offline_access` was asked for.
    pub is_offline: bool,
    /// The thumbprint of the key that it is for, if it was named.
    pub key: Option<String>,
}

impl Behaviour {
    pub(super) fn right(redirect_uri: &str) -> Self {
        Self {
            person: ada(),
            client_secret: CLIENT_SECRET.to_owned(),
            authentication: Authentication::Basic,
            client_keys: json!({}),
            redirect_uris: vec![redirect_uri.to_owned()],
            discovery: json!({}),
            discovery_answer: None,
            discovery_delay: Duration::ZERO,
            keys_delay: Duration::ZERO,
            token_delay: Duration::ZERO,
            id_token: json!({}),
            header: json!({}),
            signature: Signature::Key(0),
            userinfo_signature: None,
            published: vec![0],
            kid: true,
            key: json!({}),
            thin: false,
            userinfo: json!({}),
            userinfo_answer: None,
            callback: json!({}),
            silent: true,
            remembers: false,
            failing: 0.0,
            token_down: false,
            token: json!({}),
            token_answer: None,
            expires_in: 3600,
            dpop: Dpop::default(),
            refreshing: Refreshing::default(),
            revoked: Vec::new(),
            revocation_delay: Duration::ZERO,
            revocation_answer: None,
            token_error: None,
            push_answer: None,
            only_pushed: false,
            authorize_error: None,
            api_token: API_TOKEN,
            api_owner: "admin@example.com",
            api_status: "ACTIVE",
            api_may_read_groups: true,
            api_groups: ["Everyone", "Engineering", "On call"]
                .map(str::to_owned)
                .to_vec(),
            api_page: 200,
            api_answer: None,
            token_request: None,
            last_id_token: None,
            last_nonce: None,
            asked: HashMap::new(),
            codes: HashMap::new(),
            pushed: HashMap::new(),
            assertions: HashSet::new(),
        }
    }

    /// Discovery fails as behind a proxy that cannot reach the provider.
    pub fn discovery_fails(&mut self) {
        self.discovery_answer = Some((StatusCode::BAD_GATEWAY, HeaderMap::new(), Bytes::new()));
    }
}

/// Puts the fields of `changes` over `value`; `null` removes.
pub(super) fn merge(value: &mut Value, changes: &Value) {
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
