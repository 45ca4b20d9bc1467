//! Asking with the session's refresh token (RFC 6749 §6, RFC 9700 §4.14).

use okta_types::Identity;
use secrecy::{ExposeSecret, SecretString};
use tower_sessions::session::Id;

use super::{Answer, AskError};
use crate::{
    causes::with_causes,
    connection::{
        Connection,
        oidc::{RefreshError, SignedInAtIssuer},
    },
    identity::{claims::from_claims, groups},
    services::Services,
    session::{SessionTokens, SignedIn},
    store::now,
};

impl Services {
    pub(super) async fn ask_by_refresh_token(
        &self,
        id: Id,
        signed_in: &SignedIn,
        tokens: &SessionTokens,
        connection: &Connection,
    ) -> Result<Answer, AskError> {
        let party = &connection.relying_party;
        let former: SecretString = tokens.refresh_token.as_str().into();
        let refreshed = match party.refresh(&former).await {
            Ok(refreshed) => refreshed,
            Err(error) => return self.refused(id, &former, error).await,
        };
        let rotated = refreshed.refresh_token();
        let in_use = rotated.as_ref().unwrap_or(&former);
        if let Some(rotated) = &rotated {
            // Before anything else: a server that stops now loses nothing.
            self.sessions
                .change_signed_in(id, |signed_in| {
                    if let Some(tokens) = &mut signed_in.tokens {
                        tokens.refresh_token = rotated.expose_secret().to_owned();
                    }
                })
                .await?;
        }
        let fresh = match party
            .refreshed_claims(&refreshed, &signed_in.id_token)
            .await
        {
            Ok(fresh) => fresh,
            Err(error) => return self.refused(id, in_use, error).await,
        };
        let identity = self.fresh_identity(signed_in, &fresh, connection).await;
        let found = identity.as_ref().ok();
        self.sessions
            .change_signed_in(id, |signed_in| {
                signed_in.tokens = Some(SessionTokens::new(&fresh.tokens, in_use, now()));
                fresh
                    .id_token
                    .expose_secret()
                    .clone_into(&mut signed_in.id_token);
                if let Some(identity) = found {
                    signed_in.identity = identity.clone();
                    signed_in.checked_at = Some(now());
                }
            })
            .await?;
        identity.map(|_| Answer::Fresh)
    }

    /// A definite refusal ends the session, unless another server has a newer refresh token.
    async fn refused(
        &self,
        id: Id,
        used: &SecretString,
        error: RefreshError,
    ) -> Result<Answer, AskError> {
        if !error.ends_session() {
            return Err(error.into());
        }
        let stored = self.who(&id).await?;
        let tokens = stored.and_then(|(signed_in, _)| signed_in.tokens);
        let is_newer = tokens.is_some_and(|tokens| tokens.refresh_token != used.expose_secret());
        if is_newer {
            return Ok(Answer::Fresh);
        }
        Ok(Answer::Ended(with_causes(&error)))
    }

    /// The person as Okta describes them now. When and how they signed in stays, and when their session
    /// ends, unless the issuer's ends earlier.
    async fn fresh_identity(
        &self,
        former: &SignedIn,
        fresh: &SignedInAtIssuer,
        connection: &Connection,
    ) -> Result<Identity, AskError> {
        let groups = match groups::groups(connection, fresh).await {
            Ok(groups) => groups.map(|groups| groups.names),
            Err(error) if groups::are_required(&connection.config.options, &self.roles) => {
                return Err(error.into());
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
        let mut identity = from_claims(fresh, connection, groups, former.signed_in_at, ends);
        // A refresh is no sign-in (OpenID Connect Core §12.2).
        identity.auth_time = former.auth_time;
        identity.acr.clone_from(&former.acr);
        identity.amr.clone_from(&former.amr);
        Ok(identity)
    }
}
