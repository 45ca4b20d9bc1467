//! As fresh as Okta says: in the middle of a session, Okta is asked again whether the person may
//! still be signed in, and for their claims and groups.

mod access_token;
mod api;
mod browser;
mod flight;
mod revocation;
mod tokens;

use std::{sync::Arc, time::Duration};

use okta_types::{Actor, AuditEvent, Identity, Timestamp};
use tower_sessions::session::Id;

pub use access_token::{AccessToken, AccessTokenError};
pub(crate) use browser::Rechecked;
pub(crate) use flight::Flights;
pub(crate) use revocation::{AT_MOST as REVOCATIONS_AT_MOST, revoke};

use crate::{
    audit::entry,
    causes::with_causes,
    connection::{
        Connection,
        oidc::{RefreshError, SignedInAtIssuer},
    },
    identity::{
        claims::from_claims,
        groups::{self, GroupsError},
    },
    okta_api::OktaApiError,
    services::Services,
    session::{Due, EndCause, Found, SignedIn, Way},
    store::{SessionKey, StoreError, now},
    telemetry::{self, Ended},
};

/// How long a request waits for what Okta says before it goes on with what is known.
const PATIENCE: Duration = Duration::from_secs(2);
/// What a lease lasts longer than a request to Okta may take: a server that stops leaves the others
/// enough of Okta's grace (30 seconds, if nobody changed it) to use the former refresh token.
const LEASE_MARGIN: Duration = Duration::from_secs(2);
/// How often to look whether the server that asks is done.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Why there is no definite answer about a person.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecheckError {
    #[error("Okta gave no fresh tokens")]
    Tokens(#[from] RefreshError),
    #[error("the person's groups couldn't be loaded")]
    Groups(#[from] GroupsError),
    #[error("Okta's API didn't say whether the person may be signed in")]
    Api(#[from] OktaApiError),
    #[error("what Okta said couldn't be stored")]
    Store(#[from] StoreError),
    #[error("another server has been asking Okta for too long")]
    Busy,
    #[error("this server is stopping")]
    Stopping,
}

/// What an answer of Okta's means for the session.
enum Answer {
    /// It goes on, with what Okta said stored.
    Fresh,
    /// It ends, because of this.
    Ended(String),
}

/// What is known of a session.
pub(crate) struct Known {
    /// Who is signed in.
    pub(crate) identity: Option<Identity>,
    /// Whether a page goes to Okta and back before it is shown.
    pub(crate) needs_recheck: bool,
}

impl From<Option<Identity>> for Known {
    fn from(identity: Option<Identity>) -> Self {
        let needs_recheck = false;
        Self {
            identity,
            needs_recheck,
        }
    }
}

impl Services {
    /// Who is signed in with this session. If it is time to ask Okta again, and Okta answers, it is
    /// as Okta says now.
    pub(crate) async fn known(self: &Arc<Self>, id: Id) -> Result<Known, StoreError> {
        let Some(found) = self.sessions.use_now(id).await? else {
            return Ok(None.into());
        };
        if found.due == Due::Not {
            return Ok(Some(found.identity).into());
        }
        if found.way == Way::Browser {
            return self.known_until_asked(id, found).await;
        }
        let asking = self.ask_again(id, found.due);
        match (found.due, asking) {
            (Due::Not | Due::Soon, _) | (Due::Now, None) => {
                return Ok(Some(found.identity).into());
            }
            (Due::Overdue, None) => return Ok(None.into()),
            // Errors are logged by who asks.
            (Due::Now, Some(asking)) => drop(tokio::time::timeout(PATIENCE, asking).await),
            (Due::Overdue, Some(asking)) => drop(asking.await),
        }
        let found = self.sessions.use_now(id).await?;
        let found = found.filter(|found| found.due != Due::Overdue);
        Ok(found.map(|found| found.identity).into())
    }

    /// Waits until nobody is signed in with this session any more. What waits is no use of the
    /// session, but Okta is asked about it as if it were.
    pub(crate) async fn ended(self: &Arc<Self>, id: Id) {
        loop {
            self.sessions.ended(id).await;
            let found = self.sessions.find(id).await.ok().flatten();
            let asks = |found: Found| found.due == Due::Overdue && found.way != Way::Browser;
            if !found.is_some_and(asks) {
                return;
            }
            let Some(asking) = self.ask_again(id, Due::Overdue) else {
                return;
            };
            // Errors are logged by who asks.
            if asking.await.is_err() {
                return;
            }
        }
    }

    /// Asks Okta about the person, unless another server has done so meanwhile.
    async fn ask(&self, id: Id) -> Result<(), RecheckError> {
        let key = SessionKey::of(&id);
        let Some((_, connection)) = self.who(&id).await? else {
            return Ok(());
        };
        let Some(lease) = self.lease(&id, &key, &connection).await? else {
            return Ok(());
        };
        let asked = self.ask_leased(id).await;
        self.store.release_session(&key, lease).await?;
        // Another server may have stored it.
        self.sessions.read_anew(&key);
        asked
    }

    async fn ask_leased(&self, id: Id) -> Result<(), RecheckError> {
        // As it is stored now that no other server changes it.
        let Some((signed_in, connection)) = self.who(&id).await? else {
            return Ok(());
        };
        let lifetimes = connection.lifetimes();
        let knowledge = signed_in.knowledge();
        if lifetimes.due(&knowledge, now()) == Due::Not {
            return Ok(());
        }
        let answer = match (&signed_in.tokens, lifetimes.way(&knowledge)) {
            (Some(tokens), Way::RefreshToken) => {
                self.ask_by_refresh_token(id, &signed_in, tokens, &connection)
                    .await
            }
            (_, Way::Api) => self.ask_by_api(id, &signed_in, &connection).await,
            _ => return Ok(()),
        };
        let cause = match answer {
            Ok(Answer::Fresh) => return Ok(()),
            Ok(Answer::Ended(cause)) => cause,
            Err(error) if lifetimes.due(&knowledge, now()) == Due::Overdue => {
                let since = no_answer_since(knowledge.checked_at);
                format!("{since}: {}", with_causes(&error))
            }
            Err(error) => return Err(error),
        };
        self.end_refused(id, &signed_in, cause).await?;
        Ok(())
    }

    async fn end_refused(
        &self,
        id: Id,
        signed_in: &SignedIn,
        cause: String,
    ) -> Result<(), StoreError> {
        let (event, actor) = (AuditEvent::SessionEnded, Actor::from(&signed_in.identity));
        let entry = entry(event, actor, signed_in.device.address, cause);
        let entry = entry.about(&signed_in.identity.connection);
        let why = EndCause::RefreshRefused;
        self.sessions.end(id, why, Some(entry)).await?;
        telemetry::ended(Ended::Refresh, 1);
        Ok(())
    }

    /// The person as Okta describes them now. When they signed in here stays, and when their
    /// session ends, unless the issuer's ends earlier.
    async fn fresh_identity(
        &self,
        former: &SignedIn,
        fresh: &SignedInAtIssuer,
        connection: &Connection,
    ) -> Result<Identity, GroupsError> {
        let groups = match groups::groups(connection, fresh).await {
            Ok(groups) => groups.map(|groups| groups.names),
            Err(error) if groups::are_required(connection, &self.roles) => {
                return Err(error);
            }
            Err(error) => {
                let error = with_causes(&error);
                tracing::warn!(error, "a session goes on without groups");
                None
            }
        };
        let former = &former.identity;
        let at_issuer = fresh.session_expiry().unwrap_or(former.expires_at);
        let ends = former.expires_at.min(at_issuer);
        let signed_in_at = former.signed_in_at;
        Ok(from_claims(fresh, connection, groups, signed_in_at, ends))
    }

    async fn who(&self, id: &Id) -> Result<Option<(SignedIn, Arc<Connection>)>, StoreError> {
        let content = self.sessions.content(id).await?;
        let signed_in = content.and_then(|content| content.signed_in);
        Ok(signed_in.and_then(|signed_in| {
            let connection = self.connections.with_id(&signed_in.connection_id)?;
            Some((signed_in, connection))
        }))
    }

    /// Waits until no other server asks about this session. `None` if it has ended meanwhile.
    async fn lease(
        &self,
        id: &Id,
        key: &SessionKey,
        connection: &Connection,
    ) -> Result<Option<Timestamp>, RecheckError> {
        let timeout = connection.relying_party.provider.http().timeout();
        // With proofs, a request is sent a second time if the issuer wants another nonce.
        let length = timeout.saturating_mul(2).saturating_add(LEASE_MARGIN);
        let length = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
        let give_up = now().plus_seconds(length.saturating_mul(2));
        loop {
            let until = now().plus_seconds(length);
            if self.store.lease_session(key, until).await? {
                return Ok(Some(until));
            }
            if self.who(id).await?.is_none() {
                return Ok(None);
            }
            if now() > give_up {
                return Err(RecheckError::Busy);
            }
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }
}

/// For the audit trail.
fn no_answer_since(checked_at: Timestamp) -> String {
    format!("Okta has not answered since {checked_at}")
}
