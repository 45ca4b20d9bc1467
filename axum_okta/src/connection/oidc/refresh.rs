//! Fresh tokens and claims in the middle of a session (RFC 6749 §6, OpenID Connect Core §12).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::{
    IdTokenVerifier, Nonce, NonceVerifier, OAuth2TokenResponse, RefreshToken, RequestTokenError,
    core::{CoreErrorResponseType, CoreJsonWebKey},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    AskUserInfo, CodeFlowError, Metadata, OktaIdToken, RelyingParty, SignedInAtIssuer,
    TokenResponse, Tokens, VerifiedClaims,
    received::Received,
    tokens::{check_token_type, token_error},
};

/// Why there are no fresh tokens, or no fresh claims.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshError {
    /// The user was deactivated, the token revoked, expired, or used twice.
    #[error("Okta no longer accepts the refresh token: {0}")]
    GrantEnded(String),
    /// The ID token is about somebody else, or of another sign-in (OpenID Connect Core §12.2).
    #[error("the refreshed ID token has another `{0}` than the one of the sign-in")]
    Other(&'static str),
    #[error("the refresh token couldn't be used")]
    CodeFlow(#[from] CodeFlowError),
}

impl RefreshError {
    /// Whether this is an answer about the person, and a definite one. After any other error, the
    /// issuer is asked again.
    pub(crate) fn ends_session(&self) -> bool {
        matches!(
            self,
            Self::GrantEnded(_)
                | Self::Other(_)
                | Self::CodeFlow(CodeFlowError::IdToken(_) | CodeFlowError::UserInfo(_))
        )
    }
}

/// The token endpoint's answer. Its refresh token replaces the former one, so it is to be stored
/// before anything else is done.
pub(crate) struct Refreshed {
    metadata: Arc<Metadata>,
    response: TokenResponse,
    /// Whether the tokens had to be. That is checked once the new refresh token is stored.
    bound: bool,
}

impl Refreshed {
    /// `None` if the former one stays.
    pub(crate) fn refresh_token(&self) -> Option<SecretString> {
        let token = self.response.refresh_token()?;
        Some(token.secret().as_str().into())
    }
}

impl RelyingParty {
    /// Asks for fresh tokens. An issuer that rotates them replaces the refresh token now. Tokens that
    /// were `bound` stay so, whatever the connection wants by now: Okta binds refresh tokens, too.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &SecretString,
        bound: bool,
    ) -> Result<Refreshed, RefreshError> {
        let bound = bound || self.config.options.dpop;
        let metadata = self
            .provider
            .metadata()
            .await
            .map_err(CodeFlowError::from)?;
        let client = self.authenticated_client(&metadata, bound).await;
        let (client, endpoint) = client.map_err(token_error)?;
        let refresh_token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let response = client
            .exchange_refresh_token(&refresh_token)
            .map_err(|error| CodeFlowError::TokenAnswer(error.to_string()))?
            .request_async(&endpoint)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(response)
                    if *response.error() == CoreErrorResponseType::InvalidGrant =>
                {
                    RefreshError::GrantEnded(response.to_string())
                }
                error => token_error(error).into(),
            })?;
        Ok(Refreshed {
            metadata,
            response,
            bound,
        })
    }

    /// What the fresh tokens say of the person. An answer without an ID token leaves the former one
    /// (OpenID Connect Core §12.2), and userinfo says what is new.
    pub(crate) async fn refreshed_claims(
        &self,
        refreshed: &Refreshed,
        former_id_token: &str,
    ) -> Result<SignedInAtIssuer, RefreshError> {
        let Refreshed {
            metadata,
            response,
            bound,
        } = refreshed;
        check_token_type(response, *bound)?;
        let former = verified_before(former_id_token)?;
        let id_token = response.extra_fields().id_token.as_deref();
        let (claims, left_out) = match id_token {
            Some(id_token) => {
                let received = Received::read(id_token)
                    .map_err(|error| CodeFlowError::IdToken(error.into()))?;
                let nonce = SameOrNone(former.nonce().cloned());
                let claims = self.verify(metadata.clone(), &received, nonce).await?;
                check_same_sign_in(&former, &claims)?;
                (claims, received.left_out)
            }
            None => (former, Vec::new()),
        };
        let ask_user_info = match id_token {
            Some(_) => AskUserInfo::IfNeeded,
            None => AskUserInfo::Always,
        };
        let latest = id_token.unwrap_or(former_id_token);
        let mut signed_in = SignedInAtIssuer::new(claims, left_out, latest, Tokens::of(response))?;
        self.complete(metadata, response, &mut signed_in, ask_user_info)
            .await?;
        Ok(signed_in)
    }
}

/// A refreshed ID token has the nonce of the sign-in, or none.
#[derive(Clone)]
struct SameOrNone(Option<Nonce>);

impl NonceVerifier for SameOrNone {
    fn verify(self, nonce: Option<&Nonce>) -> Result<(), String> {
        match (nonce, self.0) {
            (None, _) => Ok(()),
            (nonce, Some(former)) => (&former).verify(nonce),
            (Some(_), None) => Err("there was none at the sign-in".to_owned()),
        }
    }
}

/// The claims of an ID token that was verified when it arrived, whatever has expired since.
fn verified_before(id_token: &str) -> Result<VerifiedClaims, CodeFlowError> {
    let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_insecure_without_verification()
        .set_time_fn(|| DateTime::<Utc>::MIN_UTC)
        .set_issue_time_verifier_fn(|_| Ok(()));
    let received: Received<OktaIdToken> =
        Received::read(id_token).map_err(|error| CodeFlowError::IdToken(error.into()))?;
    let claims = received.token.claims(&verifier, |_: Option<&Nonce>| Ok(()));
    claims
        .cloned()
        .map_err(|error| CodeFlowError::IdToken(error.into()))
}

/// OpenID Connect Core §12.2; the issuer's session (`sid`) is the same, too. Some issuers write
/// another `auth_time`, so that of the sign-in counts, whatever this one says. That the token is
/// for this client was verified.
fn check_same_sign_in(former: &VerifiedClaims, fresh: &VerifiedClaims) -> Result<(), RefreshError> {
    if fresh.issuer() != former.issuer() {
        return Err(RefreshError::Other("iss"));
    }
    if fresh.subject() != former.subject() {
        return Err(RefreshError::Other("sub"));
    }
    if fresh.authorized_party() != former.authorized_party() {
        return Err(RefreshError::Other("azp"));
    }
    let sids = [former, fresh].map(|claims| claims.additional_claims().text("sid"));
    match sids {
        [Some(former), Some(fresh)] if former != fresh => Err(RefreshError::Other("sid")),
        _ => Ok(()),
    }
}
