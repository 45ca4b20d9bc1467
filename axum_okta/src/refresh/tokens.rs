//! Asking with the session's refresh token (RFC 6749 §6, RFC 9700 §4.14).

use okta_types::Identity;
use secrecy::{ExposeSecret, SecretString};
use tower_sessions::session::Id;

use super::{Answer, RecheckError};
use crate::{
    causes::with_causes,
    connection::{Connection, oidc::RefreshError},
    services::Services,
    session::{Revocation, SessionTokens, SignedIn},
    store::now,
};

impl Services {
    pub(super) async fn ask_by_refresh_token(
        &self,
        id: Id,
        signed_in: &SignedIn,
        tokens: &SessionTokens,
        connection: &Connection,
    ) -> Result<Answer, RecheckError> {
        let party = &connection.relying_party;
        let former: SecretString = tokens.refresh_token.as_str().into();
        let refreshed = match party.refresh(&former, tokens.is_bound).await {
            Ok(refreshed) => refreshed,
            Err(error) => return self.refused(id, &former, error).await,
        };
        let rotated = refreshed.refresh_token();
        let in_use = rotated.as_ref().unwrap_or(&former);
        if let Some(rotated) = &rotated {
            // Before anything else: a server that stops now loses nothing.
            let is_there = self
                .sessions
                .change_signed_in(id, |signed_in| {
                    if let Some(tokens) = &mut signed_in.tokens {
                        tokens.refresh_token = rotated.expose_secret().to_owned();
                    }
                })
                .await?;
            if !is_there {
                // It has ended meanwhile, with the former token.
                self.sessions.revoke(Revocation {
                    connection_id: signed_in.connection_id.clone(),
                    refresh_token: rotated.clone(),
                });
                return Ok(Answer::Fresh);
            }
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
                signed_in.take_id_token(&fresh.id_token);
                if let Some(identity) = found {
                    let former = std::mem::replace(&mut signed_in.identity, identity.clone());
                    signed_in.checked_at = Some(now());
                    keep_sign_in(&mut signed_in.identity, &former);
                }
            })
            .await?;
        identity?;
        Ok(Answer::Fresh)
    }

    /// A definite refusal ends the session, unless another server has a newer refresh token.
    async fn refused(
        &self,
        id: Id,
        used: &SecretString,
        error: RefreshError,
    ) -> Result<Answer, RecheckError> {
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
}

/// A refresh is no sign-in (OpenID Connect Core §12.2).
fn keep_sign_in(identity: &mut Identity, former: &Identity) {
    identity.auth_time = former.auth_time;
    identity.acr.clone_from(&former.acr);
    identity.amr.clone_from(&former.amr);
}
