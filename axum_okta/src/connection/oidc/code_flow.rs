//! The authorization-code flow of OpenID Connect Core §3.1, with PKCE (RFC 7636) and `iss` (RFC
//! 9207).

use std::{sync::Arc, time::Duration};

use okta_types::{StepUp, Timestamp};
use openidconnect::{
    AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, CsrfToken, LoginHint, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RequestTokenError,
    core::{CoreAuthPrompt, CoreResponseType},
};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use super::{
    DiscoveryError, Metadata, PushError, RelyingParty, TokenResponse, UserInfo, VerifiedClaims,
    received::Received,
    times::session_expiry,
    tokens::{TokenError, Tokens, check_token_type, is_bound, token_error},
    user_info::{UserInfoError, UserInfoRequest},
};
use crate::store::Source;

/// Of `state` and `nonce`: RFC 6749 §10.10 wants 160 bits that nobody guesses.
const RANDOM_BYTES: u32 = 32;

/// Why the code flow didn't end with verified claims.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeFlowError {
    /// `iss` on the callback is not the issuer that was asked (RFC 9207).
    #[error("the callback came from the issuer {found}, but the request was sent to {expected}")]
    OtherIssuer { expected: String, found: String },
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error("the endpoint for pushed authorization requests failed")]
    Push(#[from] PushError),
    /// It can't be reached, or fails.
    #[error("the token endpoint failed")]
    TokenEndpoint(#[source] Source),
    /// The response doesn't conform to RFC 6749 §5.
    #[error("the token endpoint's response can't be used: {0}")]
    TokenAnswer(String),
    /// It rejected the code or the client, in its own words.
    #[error("the token endpoint rejected the code: {0}")]
    CodeRefused(String),
    /// There was no ID token, or it is invalid.
    #[error("the ID token was rejected")]
    IdToken(#[source] Source),
    /// Userinfo is about somebody else, or its signature is invalid.
    #[error("userinfo was rejected")]
    UserInfo(#[source] Source),
}

/// An authorization request that is ready to be sent, and what to remember of it.
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) state: CsrfToken,
    pub(crate) nonce: Nonce,
    pub(crate) pkce_verifier: PkceCodeVerifier,
}

/// What an authorization request asks for beyond that somebody signs in.
#[derive(Default)]
pub(crate) struct Wishes {
    pub(crate) prompt: Option<CoreAuthPrompt>,
    pub(crate) login_hint: Option<LoginHint>,
    /// Its `max_age` and `acr_values`; for methods there is no parameter.
    pub(crate) step_up: StepUp,
}

/// When to request userinfo.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AskUserInfo {
    /// If the ID token lacks something.
    IfNeeded,
    /// To show everything there is.
    Always,
}

/// What is known once everything is verified.
pub(crate) struct SignedInAtIssuer {
    pub(crate) claims: VerifiedClaims,
    pub(crate) user_info: Option<UserInfo>,
    /// All of the ID token's claims, by name.
    pub(crate) in_id_token: Map<String, Value>,
    /// All of userinfo's claims, by name, if it was requested.
    pub(crate) in_user_info: Option<Map<String, Value>>,
    /// Why userinfo was requested but couldn't be loaded.
    pub(crate) no_user_info: Option<String>,
    /// The names of claims that can't be parsed. They are in none of the above.
    pub(crate) left_out: Vec<String>,
    /// For the `id_token_hint` at sign-out.
    pub(crate) id_token: SecretString,
    pub(crate) tokens: Tokens,
}

impl SignedInAtIssuer {
    /// What the ID token says.
    pub(super) fn new(
        claims: VerifiedClaims,
        left_out: Vec<String>,
        id_token: &str,
        tokens: Tokens,
    ) -> Result<Self, CodeFlowError> {
        let in_id_token = by_name(&claims)
            .ok_or_else(|| CodeFlowError::IdToken("its claims can't be parsed".into()))?;
        Ok(Self {
            claims,
            user_info: None,
            in_id_token,
            in_user_info: None,
            no_user_info: None,
            left_out,
            id_token: id_token.into(),
            tokens,
        })
    }

    /// What the provider may want to fix. Names only: values are personal data.
    fn log(&self) {
        if !self.left_out.is_empty() {
            let claims = self.left_out.join(", ");
            tracing::info!(claims, "claims that can't be parsed were ignored");
        }
        if let Some(reason) = &self.no_user_info {
            tracing::warn!(
                reason,
                "userinfo couldn't be loaded; using the ID token alone"
            );
        }
    }

    /// When the session at the issuer ends, and with it ours, if the ID token says so.
    pub(crate) fn session_expiry(&self) -> Option<Timestamp> {
        session_expiry(&self.in_id_token)
    }

    /// A claim by name, from userinfo, which is fresher and fuller, or else from the ID token.
    pub(crate) fn claim(&self, name: &str) -> Option<&Value> {
        let in_user_info = self.in_user_info.as_ref();
        in_user_info
            .and_then(|claims| claims.get(name))
            .or_else(|| self.in_id_token.get(name))
    }
}

impl RelyingParty {
    /// Builds the authorization request (RFC 6749 §4.1.1).
    pub(crate) async fn authorization_request(
        &self,
        wishes: Wishes,
    ) -> Result<Request, CodeFlowError> {
        let metadata = self.provider.metadata().await?;
        Ok(self.authorization_request_to(&metadata, wishes).await?)
    }

    pub(crate) async fn authorization_request_to(
        &self,
        metadata: &Metadata,
        wishes: Wishes,
    ) -> Result<Request, PushError> {
        let mut request = self.request(metadata, wishes);
        request.url = self.pushed_if_wanted(metadata, request.url).await?;
        Ok(request)
    }

    fn request(&self, metadata: &Metadata, wishes: Wishes) -> Request {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(metadata, None);
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new_random_len(RANDOM_BYTES),
                || Nonce::new_random_len(RANDOM_BYTES),
            )
            .add_scopes(self.scopes(metadata))
            .set_pkce_challenge(challenge);
        if let Some(prompt) = wishes.prompt {
            request = request.add_prompt(prompt);
        }
        if let Some(max_age) = wishes.step_up.max_age_seconds() {
            request = request.set_max_age(Duration::from_secs(max_age));
        }
        for acr in wishes.step_up.acr_values() {
            let acr = AuthenticationContextClass::new(acr.clone());
            request = request.add_auth_context_value(acr);
        }
        if let Some(login_hint) = wishes.login_hint {
            request = request.set_login_hint(login_hint);
        }
        if self.config.options.dpop {
            // The code, too, is for whoever has the key (RFC 9449 §10).
            request = request.add_extra_param("dpop_jkt", self.token_key().thumbprint());
        }
        let (url, state, nonce) = request.url();
        Request {
            url,
            state,
            nonce,
            pkce_verifier: verifier,
        }
    }

    /// Whether the issuer that was asked sent this answer, a code or an error: an `iss` that is sent
    /// must be right, and must be sent where discovery promises it (RFC 9207 §2.4).
    pub(crate) async fn check_issuer_of_callback(
        &self,
        iss: Option<String>,
    ) -> Result<(), CodeFlowError> {
        let metadata = self.provider.metadata().await?;
        let expected = metadata.issuer().as_str();
        let is_promised = metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        match iss {
            Some(found) if found == expected => Ok(()),
            None if !is_promised => Ok(()),
            found => Err(CodeFlowError::OtherIssuer {
                expected: expected.to_owned(),
                found: found.unwrap_or_else(|| "nobody".to_owned()),
            }),
        }
    }

    /// Redeems the code and verifies all that comes with it (OpenID Connect Core §3.1.3). Userinfo
    /// is asked for what the ID token leaves out, or in any case.
    pub(crate) async fn finish(
        &self,
        code: AuthorizationCode,
        nonce: &Nonce,
        pkce_verifier: PkceCodeVerifier,
        ask_user_info: AskUserInfo,
    ) -> Result<SignedInAtIssuer, CodeFlowError> {
        let metadata = self.provider.metadata().await?;
        let tokens = self
            .redeem(&metadata, code, pkce_verifier)
            .await
            .map_err(token_error)?;
        check_token_type(&tokens, self.config.options.dpop)?;
        let id_token = tokens
            .extra_fields()
            .id_token
            .as_deref()
            .ok_or_else(|| CodeFlowError::IdToken("the response doesn't contain one".into()))?;
        let received =
            Received::read(id_token).map_err(|error| CodeFlowError::IdToken(error.into()))?;
        let claims = self.verify(metadata.clone(), &received, nonce).await?;
        let tokens_of_person = Tokens::of(&tokens);
        let mut signed_in =
            SignedInAtIssuer::new(claims, received.left_out, id_token, tokens_of_person)?;
        self.complete(&metadata, &tokens, &mut signed_in, ask_user_info)
            .await?;
        Ok(signed_in)
    }

    /// Adds userinfo to what the ID token says.
    pub(super) async fn complete(
        &self,
        metadata: &Arc<Metadata>,
        tokens: &TokenResponse,
        signed_in: &mut SignedInAtIssuer,
        ask_user_info: AskUserInfo,
    ) -> Result<(), CodeFlowError> {
        if ask_user_info == AskUserInfo::Always || self.lacks_something(&signed_in.in_id_token) {
            self.add_user_info(metadata, tokens, signed_in).await?;
        }
        signed_in.log();
        Ok(())
    }

    /// The token request (RFC 6749 §4.1.3).
    pub(crate) async fn redeem(
        &self,
        metadata: &Metadata,
        code: AuthorizationCode,
        pkce_verifier: PkceCodeVerifier,
    ) -> Result<TokenResponse, TokenError> {
        let bound = self.config.options.dpop;
        let (client, endpoint) = self.authenticated_client(metadata, bound).await?;
        client
            .exchange_code(code)
            .map_err(|error| RequestTokenError::Other(error.to_string()))?
            .set_pkce_verifier(pkce_verifier)
            .request_async(&endpoint)
            .await
    }

    /// If userinfo doesn't respond, the ID token still counts. If userinfo is invalid, the sign-in
    /// fails.
    async fn add_user_info(
        &self,
        metadata: &Arc<Metadata>,
        tokens: &TokenResponse,
        signed_in: &mut SignedInAtIssuer,
    ) -> Result<(), CodeFlowError> {
        let Some(endpoint) = metadata.userinfo_endpoint() else {
            return Ok(());
        };
        let request = UserInfoRequest {
            provider: &self.provider,
            metadata,
            client_id: &self.config.client_id,
            subject: signed_in.claims.subject(),
            prover: is_bound(tokens).then(|| self.prover()),
        };
        match request.send(endpoint, tokens.access_token()).await {
            Ok((user_info, left_out)) => {
                signed_in.in_user_info = by_name(&user_info);
                signed_in.user_info = Some(user_info);
                signed_in.left_out.extend(left_out);
                signed_in.left_out.sort();
                signed_in.left_out.dedup();
                Ok(())
            }
            Err(UserInfoError::NoAnswer(reason)) => {
                signed_in.no_user_info = Some(reason);
                Ok(())
            }
            Err(UserInfoError::Refused(error)) => Err(CodeFlowError::UserInfo(error)),
        }
    }
}

/// A `null` claim means the same as a missing one (OpenID Connect Core §5.3.2).
pub(super) fn by_name(claims: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(mut claims)) => {
            claims.retain(|_, value| !value.is_null());
            Some(claims)
        }
        _ => None,
    }
}
