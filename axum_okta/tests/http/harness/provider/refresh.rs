//! The refresh grant (RFC 6749 §6), with the rotation of RFC 9700 §4.14.2 as Okta does it: a token
//! that was replaced is good for a while, and then ends all that came of it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Provider,
    behaviour::{Behaviour, merge},
    mishap::cut_off,
    signing::signed,
    token::{ACCESS_TOKEN, id_token_claims, oauth_error, token_type},
};

/// How the refresh grant is answered.
pub struct Refreshing {
    /// How long a token that was replaced is still good.
    pub grace: Duration,
    /// Merged over the answer; `null` removes a field, such as the ID token.
    pub answer: Value,
    /// Merged over the claims of the refreshed ID token; `null` removes a claim.
    pub id_token: Value,
    pub instead: Instead,
    /// Those that were given.
    tokens: HashMap<String, Token>,
    /// How many were given.
    given: usize,
}

struct Token {
    /// Nobody in particular: whoever `person` is when it is used.
    person: Option<Value>,
    replaced: Option<Instant>,
}

/// What happens to an answer once the token is rotated.
#[derive(Clone, Default)]
pub enum Instead {
    /// It is sent.
    #[default]
    Nothing,
    /// It is not made, and nothing is rotated: these words are sent.
    Words(StatusCode, &'static str),
    /// It arrives late.
    Late(Duration),
    /// It never arrives.
    Silence,
    /// It stops in the middle.
    CutOff,
}

impl Default for Refreshing {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(30),
            answer: json!({}),
            id_token: json!({}),
            instead: Instead::default(),
            tokens: HashMap::new(),
            given: 0,
        }
    }
}

impl Refreshing {
    /// As when an admin deactivates the user, or revokes what the app has.
    pub fn revoke_all(&mut self) {
        self.tokens.clear();
    }

    pub(super) fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// Whether the token is good, and for whom it was replaced in time.
    fn is_good(&self, token: &str) -> bool {
        self.tokens.get(token).is_some_and(|token| {
            let replaced = token.replaced;
            replaced.is_none_or(|replaced| replaced.elapsed() < self.grace)
        })
    }

    /// All that came of one sign-in.
    fn revoke_all_like(&mut self, token: &str) {
        if let Some(Token { person, .. }) = self.tokens.remove(token) {
            self.tokens.retain(|_, token| token.person != person);
        }
    }
}

impl Behaviour {
    pub(super) fn new_refresh_token(&mut self, person: Option<Value>, key: Option<&str>) -> String {
        let refreshing = &mut self.refreshing;
        refreshing.given += 1;
        let token = format!("refresh-token-{}", refreshing.given);
        let replaced = None;
        self.dpop.bind(&token, key);
        refreshing
            .tokens
            .insert(token.clone(), Token { person, replaced });
        token
    }
}

pub(super) async fn refresh_grant(
    provider: &Provider,
    form: &HashMap<String, String>,
    key: Option<&str>,
) -> Response {
    let number = provider.count("refresh");
    let instead = provider.now().refreshing.instead.clone();
    if let Instead::Words(status, words) = instead {
        return (status, words).into_response();
    }
    let given = form.get("refresh_token").cloned().unwrap_or_default();
    let answer = {
        let mut behaviour = provider.now();
        if !behaviour.dpop.is_for(&given, key) {
            return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant");
        }
        if !behaviour.refreshing.is_good(&given) {
            // Somebody else may have it, so nobody may use any.
            behaviour.refreshing.revoke_all_like(&given);
            drop(behaviour);
            provider.count("refused");
            return oauth_error(StatusCode::BAD_REQUEST, "invalid_grant");
        }
        let token = behaviour.refreshing.tokens.get_mut(&given);
        let token = token.expect("it is good");
        token.replaced.get_or_insert_with(Instant::now);
        let person = token.person.clone();
        let mut claims = id_token_claims(provider, &behaviour, person.as_ref());
        merge(&mut claims, &behaviour.id_token);
        merge(&mut claims, &behaviour.refreshing.id_token);
        let id_token = signed(&behaviour, behaviour.signature, &claims);
        behaviour.last_id_token = Some(id_token.clone());
        let access_token = format!("{ACCESS_TOKEN}-{number}");
        behaviour.dpop.bind(&access_token, key);
        let mut answer = json!({
            "access_token": access_token, "token_type": token_type(key),
            "expires_in": behaviour.expires_in, "id_token": id_token,
            "refresh_token": behaviour.new_refresh_token(person, key),
        });
        merge(&mut answer, &behaviour.refreshing.answer);
        answer
    };
    provider.count("rotated");
    match instead {
        Instead::Late(delay) => {
            tokio::time::sleep(delay).await;
            Json(answer).into_response()
        }
        Instead::Silence => std::future::pending().await,
        Instead::CutOff => cut_off(Json(answer).into_response()).await,
        _ => Json(answer).into_response(),
    }
}
