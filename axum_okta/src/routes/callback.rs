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
    no_store, only, test,
};
use crate::{
    Okta, Visitor,
    client_address::ClientAddress,
    connection::Connection,
    error::{SettingsError, SignInError, StoreError},
    groups::groups,
    identity::from_claims,
    oidc::{self, AskUserInfo, SignedInAtIssuer},
    okta::Open,
    return_to::ReturnTo,
    session::{Content, SignedIn},
    store::{Purpose, now},
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
    visitor: Result<Visitor, SettingsError>,
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
    match visit.finish(&query.unwrap_or_default(), visitor).await {
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
    async fn finish(
        &mut self,
        query: &str,
        visitor: Result<Visitor, SettingsError>,
    ) -> Result<ReturnTo, SignInError> {
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
        let finish = async |ask_user_info| {
            let (callback, verifier) = (answer.outcome?, attempt.pkce_verifier);
            let party = &connection.relying_party;
            party
                .finish(callback, attempt.nonce, verifier, ask_user_info)
                .await
        };
        match attempt.purpose {
            Purpose::SignIn => {
                let signed_in = finish(AskUserInfo::IfNeeded).await?;
                self.start_session(&connection, &signed_in).await?;
            }
            Purpose::Test => {
                let arrived = finish(AskUserInfo::Always).await;
                // The right may have been lost meanwhile, and then nothing is shown.
                let admin = visitor?.admin().await?;
                let report = test::report(self.open, &connection, arrived).await?;
                admin.keep_test(report).await?;
            }
        }
        Ok(destination)
    }

    /// The groups, as far as the connection and the roles want them: without them nobody goes on unnoticed.
    async fn groups(
        &self,
        connection: &Connection,
        signed_in: &SignedInAtIssuer,
    ) -> Result<Option<Vec<String>>, SignInError> {
        match groups(connection, signed_in).await {
            Ok(found) => Ok(found.map(|groups| groups.names)),
            Err(error) if connection.refuses_without_groups(&self.open.roles) => Err(error.into()),
            Err(error) => {
                let person = from_claims(signed_in, connection, None, now(), now());
                let (event, actor) = (AuditEvent::GroupsMissing, Actor::from(&person));
                self.open
                    .record(event, actor, self.address, error.to_string())
                    .await;
                Ok(None)
            }
        }
    }

    async fn start_session(
        &self,
        connection: &Connection,
        signed_in: &SignedInAtIssuer,
    ) -> Result<(), SignInError> {
        let groups = self.groups(connection, signed_in).await?;
        let Self {
            okta,
            open,
            session,
            ..
        } = self;
        let lifetime = i64::try_from(okta.shared().session_lifetime.as_secs()).unwrap_or(i64::MAX);
        let at = now();
        let ends = at.plus_seconds(lifetime);
        let identity = Arc::new(from_claims(signed_in, connection, groups, at, ends));
        let actor = Actor::from(identity.as_ref());

        let before = Content::load(session).await?;
        if let Some(grant) = before.setup
            && okta.makes_admin(open, &grant).await?
            && open.store.finish_setup(&grant.setup_id, &identity).await?
        {
            open.roles.find_anew();
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
                identity: identity.clone(),
                connection_id: connection.id.clone(),
            }),
            ..Content::default()
        };
        content.save(session).await?;
        // Saved here rather than on the way out, so that a database that refuses is said on a page.
        session.save().await.map_err(StoreError::from)?;
        open.record(AuditEvent::SignedIn, actor, self.address, None)
            .await;
        // Only choices for the role table: nobody is kept out for want of them.
        let groups = identity.groups.as_deref().unwrap_or_default();
        if let Err(error) = open.store.remember_groups(groups).await {
            tracing::warn!(%error, "the groups could not be noted as choices for the role table");
        }
        Ok(())
    }
}

/// Okta says `server_error` to somebody whose groups do not fit into its claim, and the reason in words only.
fn refused(code: String, description: Option<String>) -> SignInError {
    let too_many_groups = description
        .as_deref()
        .is_some_and(|words| words.to_lowercase().contains("too many groups"));
    if too_many_groups {
        return SignInError::TooManyGroups;
    }
    SignInError::Refused { code, description }
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
            (Some(code), _) => Err(refused(
                code.into_owned(),
                only(query, "error_description")?.map(Cow::into_owned),
            )),
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
