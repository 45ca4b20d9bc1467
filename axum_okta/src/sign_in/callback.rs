//! `GET, POST /authorization-code/callback`, and below it one address for each further connection:
//! Okta comes back here (RFC 6749 §4.1.2, OpenID Connect Core §3.1.2.5).

use std::{borrow::Cow, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{RawForm, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, Uri, header};
use okta_types::{ADMIN, Actor, AuditEvent, Identity, StepUp, Timestamp};
use openidconnect::AuthorizationCode;
use secrecy::ExposeSecret;
use tower_sessions::{Session, session::Id};
use url::form_urlencoded;

use super::{
    SignInError,
    attempt::{Attempt, Purpose, state_hash},
    failure::Failure,
    recheck,
    step_up::Confirmation,
    trial,
};
use crate::{
    audit,
    causes::with_causes,
    connection::{
        Connection,
        oidc::{AskUserInfo, SignedInAtIssuer},
    },
    hook::Asked,
    http::{
        client_address::ClientAddress, no_store, only, reference::Reference, return_to::ReturnTo,
    },
    identity::{admission::admit, claims::from_claims, groups, provisioned},
    okta::Okta,
    refresh::Rechecked,
    services::Services,
    session::{Device, NewSession, SessionCookie, SessionTokens, SignedIn},
    settings::{SettingsError, Visitor},
    setup::SetupGrant,
    store::now,
    turns::Turn,
};

/// Longer than a database takes, shorter than a person waits.
const HOST_PATIENCE: Duration = Duration::from_secs(10);

/// Of what a browser says of itself; the longest in use are half as long.
const MAX_USER_AGENT: usize = 500;
/// Of a path, for the audit trail. No redirect URI has a longer one.
const MAX_PATH: usize = 200;

/// `response_mode=form_post` is a cross-site POST, with which the browser sends none of our
/// cookies. Sent back as a GET of our own, they come along.
pub(super) async fn form_post(uri: Uri, RawForm(form): RawForm) -> Response {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(&form))
        .finish();
    let location = format!("{}?{query}", uri.path());
    no_store(Redirect::to(&location))
}

pub(super) async fn callback(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    reference: Reference,
    uri: Uri,
    session: Option<axum::Extension<Session>>,
    visitor: Result<Visitor, SettingsError>,
    headers: HeaderMap,
) -> Response {
    let (Ok(services), Some(axum::Extension(session))) = (okta.services(), session) else {
        return Failure::new(&okta, reference, SignInError::Closed, None).into_response();
    };
    let mut visit = Visit {
        okta: &okta,
        services,
        session,
        headers,
        address,
        path: uri.path().to_owned(),
        return_to: None,
        asked: StepUp::default(),
        through: None,
        done_with: None,
    };
    let query = uri.query().unwrap_or_default();
    let mut response = match visit.finish(query, visitor).await {
        Ok(response) => response,
        Err(error) => {
            let failure = Failure::new(&okta, reference, error, visit.return_to.as_ref())
                .asked_for(&okta, &visit.asked, visit.return_to.as_ref())
                .through(visit.through.as_deref());
            failure.recorded(services, address).await.into_response()
        }
    };
    if let Some(cookie) = visit.done_with {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// One visit of the callback.
struct Visit<'o> {
    okta: &'o Okta,
    services: &'o Arc<Services>,
    session: Session,
    headers: HeaderMap,
    address: Option<IpAddr>,
    /// Where the answer arrived.
    path: String,
    /// Told as soon as it is known, for the page that says what failed.
    return_to: Option<ReturnTo>,
    /// The same, for the way to try again.
    asked: StepUp,
    /// The same: the name of the connection.
    through: Option<String>,
    /// Takes the cookie of the attempt away.
    done_with: Option<HeaderValue>,
}

impl Visit<'_> {
    /// Everything in order, or no session.
    async fn finish(
        &mut self,
        query: &str,
        visitor: Result<Visitor, SettingsError>,
    ) -> Result<Response, SignInError> {
        let answer = CallbackParams::parse(query)?;
        let attempt = self.take_attempt(&answer.state).await?;
        let destination = ReturnTo::parse(&attempt.return_to, self.okta.base_url());
        self.return_to = Some(destination.clone());
        let connection = self
            .services
            .connections
            .with_id(&attempt.connection_id)
            .ok_or(SignInError::UnknownState)?;
        self.through = Some(connection.config.name.clone());
        self.check_address(&connection)?;

        let mut response = no_store(Redirect::to(destination.as_str()));
        match attempt.purpose {
            Purpose::SignIn => {
                let asked = attempt.confirmation.clone();
                self.asked = asked.step_up.clone();
                let signed_in = redeem(&connection, attempt, answer, AskUserInfo::IfNeeded).await?;
                let cookie = self.start_session(&connection, &signed_in, &asked).await?;
                response.extensions_mut().insert(cookie);
            }
            Purpose::Recheck => {
                let asked = attempt.confirmation.clone();
                let arrived = redeem(&connection, attempt, answer, AskUserInfo::IfNeeded).await;
                let session = self.session.id();
                if recheck::finish(self.services, session, &connection, &asked, arrived).await
                    == Rechecked::Ended
                {
                    response.extensions_mut().insert(SessionCookie::Remove);
                }
            }
            Purpose::Trial => {
                let arrived = redeem(&connection, attempt, answer, AskUserInfo::Always).await;
                trial::finish(self.services, &connection, arrived, visitor).await?;
            }
        }
        Ok(response)
    }

    /// Each connection has a redirect URI of its own, so that no provider can pass off its answer
    /// as another's, even if it sends no `iss` (RFC 9700 §4.4.2.2).
    fn check_address(&self, connection: &Connection) -> Result<(), SignInError> {
        let name = &connection.config.name;
        if self.okta.shared().paths.callback_of(name) == self.path {
            return Ok(());
        }
        Err(SignInError::MixedUp {
            connection: name.clone(),
            path: self.path.chars().take(MAX_PATH).collect(),
        })
    }

    /// Takes the attempt out: found by the browser that started it, in time, and once.
    async fn take_attempt(&mut self, state: &str) -> Result<Attempt, SignInError> {
        let store = &self.services.store;
        let (attempt, removal) = Attempt::found(self.okta, store, state, &self.headers)
            .ok_or(SignInError::UnknownState)?;
        let mut change = store.concurrent_change().await?;
        let is_first = change
            .use_state(&state_hash(state), attempt.expires_at)
            .await?;
        change.commit().await?;
        // Only now: a database that does not answer loses nobody's sign-in.
        self.done_with = removal;
        if is_first {
            Ok(attempt)
        } else {
            Err(SignInError::UnknownState)
        }
    }

    /// The groups, as far as the connection and the roles want them: without them nobody goes on
    /// unnoticed.
    async fn groups(
        &self,
        connection: &Connection,
        signed_in: &SignedInAtIssuer,
    ) -> Result<Option<Vec<String>>, SignInError> {
        match groups::groups(connection, signed_in).await {
            Ok(found) => Ok(found.map(|groups| groups.names)),
            Err(error) if groups::are_required(connection, &self.services.roles) => {
                Err(error.into())
            }
            Err(error) => {
                let person = from_claims(signed_in, connection, None, now(), now());
                let (event, actor) = (AuditEvent::GroupsMissing, Actor::from(&person));
                let missing = audit::entry(event, actor, self.address, with_causes(&error));
                let missing = missing.about(&person.connection);
                self.services.audit.record(missing).await;
                Ok(None)
            }
        }
    }

    async fn start_session(
        &self,
        connection: &Connection,
        signed_in: &SignedInAtIssuer,
        asked: &Confirmation,
    ) -> Result<SessionCookie, SignInError> {
        asked.check(&from_claims(signed_in, connection, None, now(), now()))?;
        let groups = self.groups(connection, signed_in).await?;
        let at = now();
        let ends = self.end_of_session(connection, signed_in, at);
        let identity = from_claims(signed_in, connection, groups, at, ends);
        self.check_admission(connection, &identity).await?;
        let former = self.session.id();
        if let Some(hook) = &self.okta.shared().on_signed_in {
            self.ask_host(hook, connection, former, &identity).await?;
        }
        // Okta and the host took their time: an admin may have replaced the connection meanwhile,
        // or closed the setup.
        let (finishes, _turn) = self.finishes_setup(former, &identity).await?;
        let connection_id = &connection.config.id;
        if !self.services.connections.is_in_use(connection_id) {
            return Err(SignInError::UnknownState);
        }
        let new = NewSession {
            signed_in: SignedIn {
                identity,
                connection_id: connection_id.clone(),
                id_token: signed_in.id_token.expose_secret().to_owned(),
                device: self.device(),
                confirmations: asked.number,
                checked_at: None,
                tried_at: None,
                okta_sid: None,
                tokens: SessionTokens::wanted(connection, &signed_in.tokens, at),
            },
            finishes,
            former,
        };
        Ok(self.services.sessions.start(new).await?)
    }

    /// By what Okta has pushed, and by the connection's policy. A deactivation meanwhile ends the session
    /// as soon as it is read.
    async fn check_admission(
        &self,
        connection: &Connection,
        identity: &Identity,
    ) -> Result<(), SignInError> {
        let mut person = identity.clone();
        let store = &self.services.store;
        let pushed = provisioned::complete(store, &mut person, connection).await?;
        let policy = &connection.config.sign_in_policy;
        let admitted = pushed.and_then(|_| admit(policy, &person));
        admitted.map_err(|reason| SignInError::NotAdmitted {
            reason,
            person: Actor::from(identity),
        })
    }

    /// When the session ends at the latest: as the connection says, or else the app, or earlier if
    /// the issuer's session does.
    fn end_of_session(
        &self,
        connection: &Connection,
        signed_in: &SignedInAtIssuer,
        at: Timestamp,
    ) -> Timestamp {
        let of_connection = connection.config.options.lifetime_seconds;
        let of_app = self.okta.shared().session_lifetime.as_secs();
        let lifetime = of_connection.unwrap_or(of_app);
        let ends = at.plus_seconds(i64::try_from(lifetime).unwrap_or(i64::MAX));
        let at_issuer = signed_in.session_expiry();
        at_issuer.map_or(ends, |at_issuer| at_issuer.min(ends))
    }

    /// Shows the host the person as they will be once they are signed in. It may take its time, so
    /// nobody waits for a turn meanwhile.
    async fn ask_host(
        &self,
        hook: &Asked<Identity>,
        connection: &Connection,
        session: Option<Id>,
        identity: &Identity,
    ) -> Result<(), SignInError> {
        let services = self.services;
        let mut person = identity.clone();
        // Whether they may be signed in was checked before.
        let pushed = provisioned::complete(&services.store, &mut person, connection).await?;
        let assigned = pushed.unwrap_or_default().roles;
        services
            .roles
            .complete(&mut person, connection, &assigned)
            .await?;
        if !person.has_role(ADMIN)
            && let Some(grant) = self.setup_grant(session).await?
            && services
                .setups
                .makes_admin(&grant, &person.connection, &person.issuer)
                .await?
        {
            person.roles.insert(0, ADMIN.to_owned());
        }
        let asked = hook.ask(person, HOST_PATIENCE).await;
        asked.map_err(|reason| SignInError::Host {
            reason,
            person: Actor::from(identity),
        })
    }

    async fn setup_grant(&self, session: Option<Id>) -> Result<Option<SetupGrant>, SignInError> {
        let Some(id) = session else {
            return Ok(None);
        };
        let content = self.services.sessions.content(&id).await?;
        Ok(content.and_then(|content| content.setup))
    }

    fn device(&self) -> Device {
        let user_agent = self.headers.get(header::USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        Device {
            address: self.address,
            user_agent: user_agent.map(|text| text.chars().take(MAX_USER_AGENT).collect()),
        }
    }

    /// The setup that this sign-in finishes. Whoever has a right waits for changes under way, and
    /// then it is looked at.
    async fn finishes_setup(
        &self,
        session: Option<Id>,
        identity: &Identity,
    ) -> Result<Finishes, SignInError> {
        let Some(grant) = self.setup_grant(session).await? else {
            return Ok((None, None));
        };
        let turn = self.services.turns.of(grant.connection()).await;
        let setups = &self.services.setups;
        let makes_admin = setups
            .makes_admin(&grant, &identity.connection, &identity.issuer)
            .await?;
        Ok((makes_admin.then_some(grant), Some(turn)))
    }
}

/// A right that makes admin, and the turn that keeps it as it is.
type Finishes = (Option<SetupGrant>, Option<Turn>);

/// Redeems the code that came back, or says why none did.
async fn redeem(
    connection: &Connection,
    attempt: Attempt,
    answer: CallbackParams,
    ask_user_info: AskUserInfo,
) -> Result<SignedInAtIssuer, SignInError> {
    let (nonce, verifier) = (&attempt.nonce, attempt.pkce_verifier);
    let party = &connection.relying_party;
    party.check_issuer_of_callback(answer.iss).await?;
    Ok(party
        .finish(answer.outcome?, nonce, verifier, ask_user_info)
        .await?)
}

/// Okta says `server_error` to somebody whose groups do not fit into its claim, and the reason in
/// words only.
fn refused(code: String, description: Option<String>) -> SignInError {
    let too_many_groups = description
        .as_deref()
        .is_some_and(|words| words.to_lowercase().contains("too many groups"));
    if too_many_groups {
        return SignInError::TooManyGroups;
    }
    SignInError::Refused { code, description }
}

/// The callback's parameters, each at most once.
pub(crate) struct CallbackParams {
    pub(crate) state: String,
    /// Who sent it, be it a code or an error (RFC 9207).
    pub(crate) iss: Option<String>,
    pub(crate) outcome: Result<AuthorizationCode, SignInError>,
}

impl CallbackParams {
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
            (None, Some(code)) => Ok(AuthorizationCode::new(code.into_owned())),
            (None, None) => Err(SignInError::MalformedCallback(
                "it has neither code nor error",
            )),
        };
        Ok(Self {
            state: state.into_owned(),
            iss: iss.map(Cow::into_owned),
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
