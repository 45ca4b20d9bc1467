//! `GET, POST /authorization-code/callback`: Okta comes back here (RFC 6749 §4.1.2, OpenID Connect Core §3.1.2.5).

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{RawForm, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use secrecy::ExposeSecret;
use tower_sessions::Session;
use url::form_urlencoded;

use super::{
    failure::Failure,
    login::{browser, browser_hash},
    no_store, only,
};
use crate::{
    Okta,
    connection::Connection,
    error::{SignInError, StoreError},
    identity::from_claims,
    oidc::{self, SignedInAtIssuer},
    okta::Open,
    return_to::ReturnTo,
    session::{Content, SignedIn},
    store::now,
};

/// `response_mode=form_post` is a cross-site POST, with which the browser sends none of our cookies. Sent back as a
/// GET of our own, they come along.
pub(super) async fn form_post(State(okta): State<Okta>, RawForm(form): RawForm) -> Response {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(&form))
        .finish();
    let location = format!("{}?{query}", okta.shared().paths.callback);
    no_store(Redirect::to(&location))
}

pub(super) async fn callback(
    State(okta): State<Okta>,
    RawQuery(query): RawQuery,
    session: Option<axum::Extension<Session>>,
    cookies: CookieJar,
) -> Response {
    let mut return_to = None;
    let finished = match session {
        Some(axum::Extension(session)) => {
            let query = query.unwrap_or_default();
            finish(&okta, &query, &session, &cookies, &mut return_to).await
        }
        None => Err(SignInError::Closed),
    };
    match finished {
        Ok(return_to) => no_store(Redirect::to(return_to.as_str())),
        Err(error) => Failure::new(&okta, error, return_to.as_ref()).into_response(),
    }
}

/// Everything in order, or no session. `return_to` is told as soon as it is known, for the page that says what failed.
async fn finish(
    okta: &Okta,
    query: &str,
    session: &Session,
    cookies: &CookieJar,
    return_to: &mut Option<ReturnTo>,
) -> Result<ReturnTo, SignInError> {
    let open = okta.open().map_err(|_| SignInError::Closed)?;
    let answer = Answer::parse(query)?;
    let browser = browser(okta, cookies).ok_or(SignInError::UnknownState)?;
    let attempt = open
        .store
        .take_attempt(&answer.state, &browser_hash(&browser))
        .await?
        .ok_or(SignInError::UnknownState)?;
    let destination = ReturnTo::parse(&attempt.return_to, okta.base_url());
    *return_to = Some(destination.clone());

    let connection = okta
        .live_connection()
        .filter(|connection| connection.id == attempt.connection_id)
        .ok_or(SignInError::UnknownState)?;
    let signed_in = connection
        .relying_party
        .finish(answer.outcome?, attempt.nonce, attempt.pkce_verifier)
        .await?;
    start_session(okta, open, &connection, session, &signed_in).await?;
    Ok(destination)
}

async fn start_session(
    okta: &Okta,
    open: &Open,
    connection: &Arc<Connection>,
    session: &Session,
    signed_in: &SignedInAtIssuer,
) -> Result<(), StoreError> {
    let lifetime = i64::try_from(okta.shared().session_lifetime.as_secs()).unwrap_or(i64::MAX);
    let at = now();
    let identity = from_claims(signed_in, &connection.name, at, at.plus_seconds(lifetime));

    let before = Content::load(session).await?;
    if let Some(grant) = before.setup
        && open
            .store
            .finish_setup(&grant.setup_id, &identity.issuer, &identity.subject)
            .await?
    {
        tracing::info!(
            issuer = identity.issuer,
            subject = identity.subject,
            "became admin"
        );
    }
    tracing::info!(
        issuer = identity.issuer,
        subject = identity.subject,
        "signed in"
    );

    // Nothing of before: neither a planted session nor the last person's stays alive.
    session.clear().await;
    open.live_sessions.renew(session).await?;
    let content = Content {
        signed_in: Some(SignedIn {
            id_token: open
                .store
                .encrypt(ID_TOKEN, signed_in.id_token.expose_secret())?,
            identity: Arc::new(identity),
            connection_id: connection.id.clone(),
        }),
        ..Content::default()
    };
    content.save(session).await?;
    // Saved here rather than on the way out, so that a database that refuses is said on a page.
    session.save().await?;
    Ok(())
}

/// The place that a session's ID token is encrypted for.
pub(super) const ID_TOKEN: &str = "session/id_token";

/// The callback's parameters, each at most once.
pub(crate) struct Answer {
    pub(crate) state: String,
    pub(crate) outcome: Result<oidc::Callback, SignInError>,
}

impl Answer {
    pub(crate) fn parse(query: &str) -> Result<Self, SignInError> {
        let state = only(query, "state")?.ok_or(SignInError::UnknownState)?;
        let iss = only(query, "iss")?;
        let code = only(query, "code")?;
        let error = only(query, "error")?;
        let outcome = match (error, code) {
            (Some(code), _) => Err(SignInError::Refused {
                code: code.into_owned(),
                description: only(query, "error_description")?.map(Cow::into_owned),
            }),
            (None, Some(code)) => Ok(oidc::Callback {
                code: code.into_owned(),
                iss: iss.map(Cow::into_owned),
            }),
            (None, None) => Err(SignInError::MalformedCallback(
                "it has neither code nor error",
            )),
        };
        Ok(Self {
            state: state.into_owned(),
            outcome,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// Parameters as they are sent, and as they are not.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "(state|code|iss|error|error_description)=[a-z%&=+]{0,4}",
            prop::sample::select(vec![
                "&",
                "=",
                "state",
                "%73tate=a",
                "code[]=x",
                "&&",
                ";",
                "#",
                "error=access_denied",
                "STATE=a",
            ])
            .prop_map(str::to_owned),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn a_callback_says_everything_once(pieces in prop::collection::vec(piece(), 0..8)) {
            crate::properties::callback(&pieces.join("&"));
        }
    }
}
