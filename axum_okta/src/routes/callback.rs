//! `GET, POST /authorization-code/callback`: Okta comes back here (RFC 6749 §4.1.2, OpenID Connect Core §3.1.2.5).

use std::{borrow::Cow, net::IpAddr, sync::Arc};

use axum::{
    extract::{RawForm, RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use okta_types::{Actor, AuditEvent};
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
    client_address::ClientAddress,
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
    ClientAddress(address): ClientAddress,
    RawQuery(query): RawQuery,
    session: Option<axum::Extension<Session>>,
    cookies: CookieJar,
) -> Response {
    let (Ok(open), Some(axum::Extension(session))) = (okta.open(), session) else {
        return Failure::new(&okta, SignInError::Closed, None).into_response();
    };
    let mut visit = Visit {
        okta: &okta,
        open,
        session,
        cookies,
        address,
        return_to: None,
    };
    match visit.finish(&query.unwrap_or_default()).await {
        Ok(return_to) => no_store(Redirect::to(return_to.as_str())),
        Err(error) => {
            let failure = Failure::new(&okta, error, visit.return_to.as_ref());
            failure.recorded(open, address).await.into_response()
        }
    }
}

/// One visit of the callback.
struct Visit<'o> {
    okta: &'o Okta,
    open: &'o Open,
    session: Session,
    cookies: CookieJar,
    address: Option<IpAddr>,
    /// Told as soon as it is known, for the page that says what failed.
    return_to: Option<ReturnTo>,
}

impl Visit<'_> {
    /// Everything in order, or no session.
    async fn finish(&mut self, query: &str) -> Result<ReturnTo, SignInError> {
        let answer = Answer::parse(query)?;
        let browser = browser(self.okta, &self.cookies).ok_or(SignInError::UnknownState)?;
        let attempt = self
            .open
            .store
            .take_attempt(&answer.state, &browser_hash(&browser))
            .await?
            .ok_or(SignInError::UnknownState)?;
        let destination = ReturnTo::parse(&attempt.return_to, self.okta.base_url());
        self.return_to = Some(destination.clone());

        let connection = self
            .okta
            .live_connection()
            .filter(|connection| connection.id == attempt.connection_id)
            .ok_or(SignInError::UnknownState)?;
        let signed_in = connection
            .relying_party
            .finish(answer.outcome?, attempt.nonce, attempt.pkce_verifier)
            .await?;
        self.start_session(&connection, &signed_in).await?;
        Ok(destination)
    }

    async fn start_session(
        &self,
        connection: &Connection,
        signed_in: &SignedInAtIssuer,
    ) -> Result<(), StoreError> {
        let Self {
            okta,
            open,
            session,
            ..
        } = self;
        let lifetime = i64::try_from(okta.shared().session_lifetime.as_secs()).unwrap_or(i64::MAX);
        let at = now();
        let identity = from_claims(signed_in, &connection.name, at, at.plus_seconds(lifetime));
        let actor = Actor::from(&identity);

        let before = Content::load(session).await?;
        if let Some(grant) = before.setup
            && open
                .store
                .finish_setup(&grant.setup_id, &identity.issuer, &identity.subject)
                .await?
        {
            open.record(AuditEvent::BecameAdmin, actor.clone(), self.address, None)
                .await;
        }

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
        open.record(AuditEvent::SignedIn, actor, self.address, None)
            .await;
        Ok(())
    }
}

/// The place that a session's ID token is encrypted for.
pub(super) const ID_TOKEN: &str = "session/id_token";

/// The callback's parameters, each at most once.
struct Answer {
    state: String,
    outcome: Result<oidc::Callback, SignInError>,
}

impl Answer {
    fn parse(query: &str) -> Result<Self, SignInError> {
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
