//! The authorization-code flow of OpenID Connect Core §3.1, with PKCE (RFC 7636) and `iss` (RFC
//! 9207).

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use okta_types::{ClientAuthentication, GroupsFrom, StepUp};
use openidconnect::{
    AuthType, AuthenticationContextClass, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndSessionUrl, IdTokenVerifier,
    LoginHint, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse,
    core::{
        CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreResponseType,
        CoreTokenType,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use super::{
    DiscoveryError, Metadata, OktaClient, OktaIdToken, Provider, TokenResponse, UserInfo,
    VerifiedClaims,
    algorithms::is_asymmetric,
    received::Received,
    times::{CLOCK_SKEW, check_not_before},
    user_info::{UserInfoError, UserInfoRequest},
};
use crate::{
    outbound::HttpError,
    store::{ConnectionConfig, Source},
};

/// Servers reject longer request lines (status 431), which would leave the session at the issuer
/// open. Without the hint the issuer may ask the person, and still gets our `client_id`.
const MAX_END_SESSION_URL: usize = 4 * 1024;
/// OpenID Connect Core §2.
const MAX_SUBJECT: usize = 255;
/// Of `state` and `nonce`: RFC 6749 §10.10 wants 160 bits that nobody guesses.
const RANDOM_BYTES: u32 = 32;

/// This app as a client of one issuer (the relying party).
pub(crate) struct RelyingParty {
    pub(crate) config: Arc<ConnectionConfig>,
    pub(crate) redirect_uri: RedirectUrl,
    pub(crate) provider: Provider,
}

/// How this app authenticates at the token endpoint (OpenID Connect Core §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authentication {
    Basic,
    Post,
    /// With PKCE alone: the provider accepts no secret, so it isn't sent one.
    Public,
}

/// Why the code flow didn't end with verified claims.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeFlowError {
    /// `iss` on the callback is not the issuer that was asked (RFC 9207).
    #[error("the callback came from the issuer {found}, but the request was sent to {expected}")]
    OtherIssuer { expected: String, found: String },
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
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
}

impl SignedInAtIssuer {
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

    /// A claim by name, from userinfo, which is fresher and fuller, or else from the ID token.
    pub(crate) fn claim(&self, name: &str) -> Option<&Value> {
        let in_user_info = self.in_user_info.as_ref();
        in_user_info
            .and_then(|claims| claims.get(name))
            .or_else(|| self.in_id_token.get(name))
    }
}

pub(crate) type TokenError =
    RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

impl RelyingParty {
    /// Builds the authorization request (RFC 6749 §4.1.1).
    pub(crate) async fn authorization_request(
        &self,
        wishes: Wishes,
    ) -> Result<Request, DiscoveryError> {
        let metadata = self.provider.metadata().await?;
        Ok(self.authorization_request_to(&metadata, wishes))
    }

    pub(crate) fn authorization_request_to(&self, metadata: &Metadata, wishes: Wishes) -> Request {
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
        check_token_type(&tokens)?;
        let id_token = tokens
            .extra_fields()
            .id_token
            .as_deref()
            .ok_or_else(|| CodeFlowError::IdToken("the response doesn't contain one".into()))?;
        let received =
            Received::read(id_token).map_err(|error| CodeFlowError::IdToken(error.into()))?;
        let claims = self.verify(metadata.clone(), &received, nonce).await?;
        let in_id_token = by_name(&claims)
            .ok_or_else(|| CodeFlowError::IdToken("its claims can't be parsed".into()))?;

        let mut signed_in = SignedInAtIssuer {
            claims,
            user_info: None,
            in_id_token,
            in_user_info: None,
            no_user_info: None,
            left_out: received.left_out,
            id_token: id_token.into(),
        };
        if ask_user_info == AskUserInfo::Always || self.lacks_something(&signed_in.in_id_token) {
            self.add_user_info(&metadata, &tokens, &mut signed_in)
                .await?;
        }
        signed_in.log();
        Ok(signed_in)
    }

    /// The token request (RFC 6749 §4.1.3).
    pub(crate) async fn redeem(
        &self,
        metadata: &Metadata,
        code: AuthorizationCode,
        pkce_verifier: PkceCodeVerifier,
    ) -> Result<TokenResponse, TokenError> {
        let authentication = self.authentication(metadata).ok_or_else(|| {
            let reason = "it doesn't accept a client secret in any way that this app can send it";
            RequestTokenError::Other(reason.to_owned())
        })?;
        self.client(metadata, Some(authentication))
            .exchange_code(code)
            .map_err(|error| RequestTokenError::Other(error.to_string()))?
            .set_pkce_verifier(pkce_verifier)
            .request_async(self.provider.http())
            .await
    }

    /// The issuer's page that ends the session there (RP-Initiated Logout 1.0), if it has one.
    pub(crate) async fn end_session_url(
        &self,
        id_token: &str,
        post_logout_redirect_uri: &Url,
        state: &CsrfToken,
    ) -> Option<Url> {
        let metadata = self.provider.metadata().await.ok()?;
        let endpoint = metadata
            .additional_metadata()
            .end_session_endpoint
            .as_ref()?
            .url();
        let request = |endpoint: Url| {
            LogoutRequest::from(EndSessionUrl::from_url(endpoint))
                .set_client_id(ClientId::new(self.config.client_id.clone()))
                .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(
                    post_logout_redirect_uri.clone(),
                ))
                .set_state(state.clone())
                .http_get_url()
        };
        // As it was sent: openidconnect would write down what it has read.
        let mut with_hint = endpoint.clone();
        with_hint
            .query_pairs_mut()
            .append_pair("id_token_hint", id_token);
        let url = request(with_hint);
        if url.as_str().len() <= MAX_END_SESSION_URL {
            Some(url)
        } else {
            Some(request(endpoint.clone()))
        }
    }

    /// It authenticates in the token request alone.
    fn client(&self, metadata: &Metadata, authentication: Option<Authentication>) -> OktaClient {
        let (auth_type, has_secret) = match authentication {
            Some(Authentication::Basic) => (AuthType::BasicAuth, true),
            Some(Authentication::Post) => (AuthType::RequestBody, true),
            Some(Authentication::Public) | None => (AuthType::RequestBody, false),
        };
        let secret = || ClientSecret::new(self.config.client_secret.expose_secret().to_owned());
        OktaClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.config.client_id.clone()),
            has_secret.then(secret),
        )
        .set_auth_type(auth_type)
        .set_redirect_uri(self.redirect_uri.clone())
    }

    /// Requests `groups` only if the issuer supports that scope: others respond with
    /// `invalid_scope`.
    fn scopes(&self, metadata: &Metadata) -> Vec<Scope> {
        let mut scopes = vec!["profile".to_owned(), "email".to_owned()];
        let knows_groups = metadata
            .scopes_supported()
            .is_some_and(|scopes| scopes.iter().any(|scope| scope.as_str() == "groups"));
        if knows_groups && self.config.options.groups_from == GroupsFrom::Claim {
            scopes.push("groups".to_owned());
        }
        for extra in &self.config.options.scopes {
            if !scopes.contains(extra) {
                scopes.push(extra.clone());
            }
        }
        scopes.into_iter().map(Scope::new).collect()
    }

    /// How this app authenticates, if the token endpoint supports it: as the admin chose, or else
    /// with `client_secret_basic`, or else with `client_secret_post`, or else without a secret if
    /// that is what the provider offers. A document that names no method implies
    /// `client_secret_basic` (OpenID Connect Discovery §3), and doesn't rule out the admin's choice.
    pub(crate) fn authentication(&self, metadata: &Metadata) -> Option<Authentication> {
        use CoreClientAuthMethod as Method;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let offered = |method| methods.is_none_or(|methods| methods.contains(&method));
        let basic = offered(Method::ClientSecretBasic).then_some(Authentication::Basic);
        let post = offered(Method::ClientSecretPost).then_some(Authentication::Post);
        let public = || offered(Method::None).then_some(Authentication::Public);
        match self.config.options.client_authentication {
            ClientAuthentication::ClientSecretBasic => basic,
            ClientAuthentication::ClientSecretPost => post,
            _ => basic.or(post).or_else(public),
        }
    }

    /// Okta's ID token may be thin. What it lacks is in userinfo, or nowhere.
    fn lacks_something(&self, claims: &Map<String, Value>) -> bool {
        let groups = (self.config.options.groups_from == GroupsFrom::Claim)
            .then_some(self.config.options.groups_claim.as_str());
        let extra = self.config.options.claims.iter().map(String::as_str);
        ["name", "email"]
            .into_iter()
            .chain(groups)
            .chain(extra)
            .any(|name| !claims.contains_key(name))
    }

    async fn verify(
        &self,
        metadata: Arc<Metadata>,
        id_token: &Received<OktaIdToken>,
        nonce: &Nonce,
    ) -> Result<VerifiedClaims, CodeFlowError> {
        let verified = match self.verify_with(&metadata, id_token, nonce) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                // The issuer may have rotated its keys since we looked, also without a `kid` or
                // under the same one, or sign with another algorithm.
                let metadata = self.provider.newer_than(&metadata).await?;
                self.verify_with(&metadata, id_token, nonce)
            }
            verified => verified,
        };
        verified
            .and_then(|claims| self.check_parties(&claims).map(|()| claims))
            .map_err(|error| CodeFlowError::IdToken(error.into()))
    }

    fn verify_with(
        &self,
        metadata: &Metadata,
        id_token: &Received<OktaIdToken>,
        nonce: &Nonce,
    ) -> Result<VerifiedClaims, ClaimsVerificationError> {
        let verifier = IdTokenVerifier::new_public_client(
            ClientId::new(self.config.client_id.clone()),
            metadata.issuer().clone(),
            id_token.keys(metadata.jwks()),
        )
        .set_allowed_algs(
            metadata
                .id_token_signing_alg_values_supported()
                .iter()
                .filter(|algorithm| is_asymmetric(algorithm))
                .cloned(),
        )
        .set_time_fn(|| Utc::now() - CLOCK_SKEW)
        .set_issue_time_verifier_fn(|issued_at| {
            if issued_at <= Utc::now() + CLOCK_SKEW {
                Ok(())
            } else {
                Err("it was issued in the future. Check this server's clock".to_owned())
            }
        });
        let claims = id_token.token.claims(&verifier, nonce)?;
        check_not_before(&claims.additional_claims().0)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        Ok(claims.clone())
    }

    /// The token's subject, and the client it was made for (OpenID Connect Core §2, §3.1.3.7 points
    /// 4 and 5), which openidconnect doesn't check.
    fn check_parties(&self, claims: &VerifiedClaims) -> Result<(), ClaimsVerificationError> {
        let length = claims.subject().len();
        if length == 0 || length > MAX_SUBJECT {
            return Err(ClaimsVerificationError::InvalidSubject(format!(
                "it has {length} characters instead of 1 to {MAX_SUBJECT}"
            )));
        }
        let other_client = match claims.authorized_party() {
            Some(party) => party.as_str() != self.config.client_id,
            None => claims.audiences().len() > 1,
        };
        if other_client {
            return Err(ClaimsVerificationError::InvalidAudience(
                "`azp` doesn't name this client".to_owned(),
            ));
        }
        Ok(())
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

fn token_error(error: TokenError) -> CodeFlowError {
    match error {
        RequestTokenError::ServerResponse(response) => {
            CodeFlowError::CodeRefused(response.to_string())
        }
        RequestTokenError::Request(error) => CodeFlowError::TokenEndpoint(error.into()),
        // The body may contain tokens, so it stays out of the message.
        RequestTokenError::Parse(error, _) => CodeFlowError::TokenAnswer(error.inner().to_string()),
        RequestTokenError::Other(reason) => CodeFlowError::TokenAnswer(reason),
    }
}

/// OpenID Connect Core §3.1.3.3: tokens of other types are used differently.
fn check_token_type(tokens: &TokenResponse) -> Result<(), CodeFlowError> {
    match tokens.token_type() {
        CoreTokenType::Bearer => Ok(()),
        _ => Err(CodeFlowError::TokenAnswer(
            "its token_type is not Bearer".to_owned(),
        )),
    }
}

/// A `null` claim means the same as a missing one (OpenID Connect Core §5.3.2).
fn by_name(claims: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(mut claims)) => {
            claims.retain(|_, value| !value.is_null());
            Some(claims)
        }
        _ => None,
    }
}
