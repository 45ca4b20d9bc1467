//! Asking with the person's own browser, where nothing else can ask: the next page goes to Okta and
//! comes back, and nobody sees it (`prompt=none`, OpenID Connect Core §3.1.2.1).

use okta_types::Identity;
use tower_sessions::session::Id;

use super::{Known, PATIENCE, RecheckError, no_answer_since};
use crate::{
    connection::{Connection, oidc::SignedInAtIssuer},
    services::Services,
    session::{Due, Found, SessionTokens, SignedIn},
    store::{StoreError, now},
};

/// What Okta's answer made of the session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rechecked {
    GoesOn,
    Ended,
}

impl Services {
    /// Who is signed in until their browser has asked.
    pub(super) async fn known_until_asked(
        &self,
        id: Id,
        found: Found,
    ) -> Result<Known, StoreError> {
        if found.asked_in_vain
            && let Some((signed_in, _)) = self.who(&id).await?
        {
            let cause = no_answer_since(signed_in.knowledge().checked_at);
            self.end_refused(id, &signed_in, cause).await?;
        }
        Ok(Known {
            identity: Some(found.identity).filter(|_| found.due != Due::Overdue),
            needs_recheck: found.asks_browser,
        })
    }

    /// Whose browser is to ask Okta now. That is noted first, so that it happens once. Nobody, if
    /// it isn't time, or if Okta isn't there.
    pub(crate) async fn begin_recheck(&self, id: Id) -> Result<Option<Identity>, StoreError> {
        let Some((signed_in, connection)) = self.who(&id).await? else {
            return Ok(None);
        };
        if !connection
            .lifetimes()
            .asks_browser(&signed_in.knowledge(), now())
        {
            return Ok(None);
        }
        let try_now = |signed_in: &mut SignedIn| signed_in.tried_at = Some(now());
        if !self.sessions.change_signed_in(id, try_now).await? {
            return Ok(None);
        }
        let provider = &connection.relying_party.provider;
        match tokio::time::timeout(PATIENCE, provider.discovery_document()).await {
            Ok(Ok(_)) => Ok(Some(signed_in.identity)),
            _ => {
                tracing::warn!("Okta doesn't respond; a session goes on without its answer");
                Ok(None)
            }
        }
    }

    /// Takes in what Okta said of the person with this subject, or why it has nobody to sign in. If
    /// somebody else has signed in here meanwhile, it is not about them.
    pub(crate) async fn finish_recheck(
        &self,
        id: Id,
        subject: &str,
        connection: &Connection,
        said: Result<SignedInAtIssuer, String>,
    ) -> Result<Rechecked, RecheckError> {
        let asked_about = self.who(&id).await?.filter(|(signed_in, _)| {
            signed_in.identity.subject == subject && signed_in.connection_id == connection.config.id
        });
        let Some((former, _)) = asked_about else {
            return Ok(Rechecked::GoesOn);
        };
        let refusal = match said {
            Ok(fresh) if fresh.claims.subject().as_str() == subject => {
                self.take_in(id, &former, &fresh, connection).await?;
                return Ok(Rechecked::GoesOn);
            }
            Ok(_) => "somebody else is signed in at Okta in this browser".to_owned(),
            Err(refusal) => refusal,
        };
        self.end_refused(id, &former, refusal).await?;
        Ok(Rechecked::Ended)
    }

    async fn take_in(
        &self,
        id: Id,
        former: &SignedIn,
        fresh: &SignedInAtIssuer,
        connection: &Connection,
    ) -> Result<(), RecheckError> {
        let identity = self.fresh_identity(former, fresh, connection).await?;
        let at = now();
        self.sessions
            .change_signed_in(id, |signed_in| {
                signed_in.identity = identity.clone();
                signed_in.checked_at = Some(at);
                signed_in.take_id_token(&fresh.id_token);
                signed_in.tokens = SessionTokens::wanted(connection, &fresh.tokens, at);
            })
            .await?;
        Ok(())
    }
}
