//! A call that Okta signed with the keys of its ID tokens. It counts once.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_types::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    connection::{
        Connection,
        oidc::{UnaskedError, UnaskedJwt, VerifiedJwt},
    },
    services::Services,
    store::StoreError,
};

/// Why a call doesn't count. For the log and for admins: whoever called learns no more than that.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("no token came with it")]
    NoToken,
    #[error("no Okta app is connected")]
    NotConnected,
    #[error("its token doesn't count")]
    Token(#[from] UnaskedError),
    #[error("its token doesn't count: its type is {0}")]
    Type(String),
    #[error("its token was used before")]
    Replayed,
    #[error("this connection's issuer called too often within a minute")]
    TooMany,
    #[error("the database doesn't respond")]
    Store(#[from] StoreError),
}

/// What a kind of call has to show.
pub(super) struct Kind {
    /// The types of its token (RFC 7515 §4.1.9), in lower case and without `application/`.
    pub(super) types: &'static [&'static str],
    /// Whether the type may be missing.
    pub(super) may_lack_type: bool,
}

/// A call of an issuer that is connected, or of its org.
pub(super) struct SignedCall {
    /// Those of the client that the token names. Connections to several authorization servers of
    /// an org may have the same client.
    pub(super) connections: Vec<Arc<Connection>>,
    pub(super) token: VerifiedJwt,
}

impl SignedCall {
    /// Without `audience` the token has to name a client as its audience, and else as its subject.
    pub(super) async fn verified(
        services: &Services,
        jwt: &str,
        kind: &Kind,
        audience: Option<&str>,
    ) -> Result<Self, CallError> {
        if services.connections.are_none_in_use() {
            return Err(CallError::NotConnected);
        }
        let token = UnaskedJwt::read(jwt)?;
        let issuer = token.issuer().ok_or(UnaskedError::Issuer)?.to_owned();
        let mut connections = services.connections.signed_by(&issuer);
        let signed_by = connections.clone();
        let signer = signed_by.iter().find_map(|known| known.signer(&issuer));
        let token = token.verify(signer.ok_or(UnaskedError::Issuer)?).await?;
        kind.check(token.typ.as_deref())?;
        connections.retain(|known| known.signer(&issuer).is_some());
        match audience {
            Some(audience) => {
                token.check_audience(audience)?;
                let client = token.text("sub").unwrap_or_default();
                connections.retain(|known| known.config.client_id == client);
            }
            None => {
                connections.retain(|known| token.check_audience(&known.config.client_id).is_ok());
                if connections.is_empty() {
                    return Err(UnaskedError::Audience.into());
                }
            }
        }
        Ok(Self { connections, token })
    }

    /// Marks the token as used, on every server, until it would have expired. The ends that it
    /// causes are retried until they are stored, so it is needed once.
    pub(super) async fn use_once(&self, services: &Services) -> Result<(), CallError> {
        let named = self.connections.first();
        let may_call =
            |named: &Arc<Connection>| services.sign_out_calls.allow_signed(&named.config.name);
        if !named.is_none_or(may_call) {
            return Err(CallError::TooMany);
        }
        let jti = self.token.text("jti").ok_or(UnaskedError::Missing("jti"))?;
        let issuer = self.token.text("iss").unwrap_or_default();
        let length = issuer.len();
        let used = Sha256::digest(format!("jti/{length}/{issuer}/{jti}"));
        let used = BASE64_URL_SAFE_NO_PAD.encode(used);
        let mut change = services.store.concurrent_change().await?;
        let until = Timestamp(self.token.counts_until);
        let is_first = change.use_state(&used, until).await?;
        change.commit().await?;
        is_first.then_some(()).ok_or(CallError::Replayed)
    }
}

impl Kind {
    /// Types are media types, which are compared regardless of case (RFC 2045 §5.1).
    fn check(&self, typ: Option<&str>) -> Result<(), CallError> {
        let Some(typ) = typ else {
            let missing = || CallError::Type("missing".to_owned());
            return self.may_lack_type.then_some(()).ok_or_else(missing);
        };
        let lower = typ.to_ascii_lowercase();
        let name = lower.strip_prefix("application/").unwrap_or(&lower);
        let is_known = self.types.contains(&name);
        is_known
            .then_some(())
            .ok_or_else(|| CallError::Type(typ.to_owned()))
    }
}
