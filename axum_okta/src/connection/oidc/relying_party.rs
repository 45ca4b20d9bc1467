//! The authorization-code flow of OpenID Connect Core §3.1, with PKCE (RFC 7636) and `iss` (RFC
//! 9207).

use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use okta_types::{ClientAuthentication, GroupsFrom};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse, TokenResponse as _,
    core::{
        CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreJwsSigningAlgorithm,
        CoreResponseType,
    },
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;

use super::{
    DiscoveryError, Metadata, OktaClient, OktaIdToken, Provider, TokenResponse, UserInfo,
    VerifiedClaims, signed_user_info::UserInfoClient,
};
use crate::{
    outbound::HttpError,
    store::{ConnectionConfig, Source},
};

/// How far the clocks of the issuer and of this server may differ.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// This app as a client of one issuer (the relying party).
pub(crate) struct RelyingParty {
    pub(crate) config: Arc<ConnectionConfig>,
    pub(crate) redirect_uri: RedirectUrl,
    pub(crate) provider: Provider,
}

/// Why the code flow did not end with verified claims.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeFlowError {
    /// `iss` on the callback is not the issuer that was asked (RFC 9207).
    #[error("the callback came from the issuer {found}, but {expected} was asked")]
    OtherIssuer { expected: String, found: String },
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// It cannot be reached, or its answer cannot be read.
    #[error("the token endpoint failed")]
    TokenEndpoint(#[source] Source),
    /// It refused the code or us, in its own words.
    #[error("the token endpoint refused the code: {0}")]
    CodeRefused(String),
    /// There was no ID token, or it does not hold.
    #[error("the ID token was refused")]
    IdToken(#[source] Source),
    /// Userinfo did not answer, or is about somebody else.
    #[error("userinfo was refused")]
    UserInfo(#[source] Source),
}

/// An authorization request, ready to be sent, and what to remember of it.
pub(crate) struct Request {
    pub(crate) url: Url,
    pub(crate) state: CsrfToken,
    pub(crate) nonce: Nonce,
    pub(crate) pkce_verifier: PkceCodeVerifier,
}

/// When to ask userinfo.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AskUserInfo {
    /// When the ID token leaves something out.
    IfNeeded,
    /// To show everything that can be had.
    Always,
}

/// What the issuer sent back to us through the browser.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) code: AuthorizationCode,
    pub(crate) iss: Option<String>,
}

/// What is known once everything was verified.
pub(crate) struct SignedInAtIssuer {
    pub(crate) claims: VerifiedClaims,
    pub(crate) user_info: Option<UserInfo>,
    /// All of the ID token's claims, by name.
    pub(crate) in_id_token: Map<String, Value>,
    /// All of userinfo's claims, by name, if it was asked.
    pub(crate) in_user_info: Option<Map<String, Value>>,
    /// For the `id_token_hint` at sign-out.
    pub(crate) id_token: SecretString,
}

impl SignedInAtIssuer {
    /// A claim by name, from userinfo, which is fresher and fuller, else from the ID token.
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
    /// Builds the authorization request (RFC 6749 §4.1.1); `prompt` is for requests that nobody
    /// will see.
    pub(crate) async fn authorization_request(
        &self,
        prompt: Option<CoreAuthPrompt>,
    ) -> Result<Request, DiscoveryError> {
        let metadata = self.provider.metadata().await?;
        Ok(self.authorization_request_to(&metadata, prompt))
    }

    pub(crate) fn authorization_request_to(
        &self,
        metadata: &Metadata,
        prompt: Option<CoreAuthPrompt>,
    ) -> Request {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(metadata);
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.scopes(metadata))
            .set_pkce_challenge(challenge);
        if let Some(prompt) = prompt {
            request = request.add_prompt(prompt);
        }
        let (url, state, nonce) = request.url();
        Request {
            url,
            state,
            nonce,
            pkce_verifier: verifier,
        }
    }

    /// Redeems the code and verifies all that comes with it (OpenID Connect Core §3.1.3). Userinfo
    /// is asked for what the ID token leaves out, or in any case.
    pub(crate) async fn finish(
        &self,
        callback: Callback,
        nonce: &Nonce,
        pkce_verifier: PkceCodeVerifier,
        ask_user_info: AskUserInfo,
    ) -> Result<SignedInAtIssuer, CodeFlowError> {
        let metadata = self.provider.metadata().await?;
        check_issuer_of_callback(&metadata, callback.iss)?;

        let tokens = self
            .redeem(&metadata, callback.code, pkce_verifier)
            .await
            .map_err(token_error)?;
        let id_token = tokens
            .id_token()
            .ok_or_else(|| CodeFlowError::IdToken("there is none in the answer".into()))?;
        let claims = self.verify(metadata.clone(), id_token, nonce).await?;
        let in_id_token = by_name(&claims)
            .ok_or_else(|| CodeFlowError::IdToken("its claims cannot be read".into()))?;
        let wanted = ask_user_info == AskUserInfo::Always || self.lacks_something(&in_id_token);
        let user_info = if wanted && metadata.userinfo_endpoint().is_some() {
            Some(
                self.user_info(&metadata, tokens.access_token(), &claims)
                    .await?,
            )
        } else {
            None
        };
        Ok(SignedInAtIssuer {
            claims,
            in_user_info: user_info.as_ref().and_then(by_name),
            user_info,
            in_id_token,
            id_token: id_token.to_string().into(),
        })
    }

    /// The token request (RFC 6749 §4.1.3).
    pub(crate) async fn redeem(
        &self,
        metadata: &Metadata,
        code: AuthorizationCode,
        pkce_verifier: PkceCodeVerifier,
    ) -> Result<TokenResponse, TokenError> {
        let auth_type = self.auth_type(metadata).ok_or_else(|| {
            let reason = "it does not take a client secret in the way that this app sends it";
            RequestTokenError::Other(reason.to_owned())
        })?;
        self.client(metadata)
            .set_auth_type(auth_type)
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
    ) -> Option<Url> {
        let metadata = self.provider.metadata().await.ok()?;
        let endpoint = metadata
            .additional_metadata()
            .end_session_endpoint
            .clone()?;
        let mut request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(self.config.client_id.clone()))
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(
                post_logout_redirect_uri.clone(),
            ))
            .set_state(CsrfToken::new_random());
        if let Ok(id_token) = id_token.parse::<OktaIdToken>() {
            request = request.set_id_token_hint(&id_token);
        }
        Some(request.http_get_url())
    }

    /// How it authenticates is set where it does, in the token request.
    fn client(&self, metadata: &Metadata) -> OktaClient {
        OktaClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.config.client_id.clone()),
            Some(ClientSecret::new(
                self.config.client_secret.expose_secret().to_owned(),
            )),
        )
        .set_redirect_uri(self.redirect_uri.clone())
    }

    /// `groups` is asked for only where the issuer knows that scope: others answer `invalid_scope`.
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

    /// How this app authenticates, if the token endpoint takes that: as the admin chose, else with
    /// `client_secret_basic`, else with `client_secret_post`. A document that names no method means
    /// the former (OpenID Connect Discovery §3), and does not forbid the choice.
    pub(crate) fn auth_type(&self, metadata: &Metadata) -> Option<AuthType> {
        let offered = |method| {
            metadata
                .token_endpoint_auth_methods_supported()
                .is_none_or(|methods| methods.contains(&method))
        };
        let basic = offered(CoreClientAuthMethod::ClientSecretBasic).then_some(AuthType::BasicAuth);
        let post = offered(CoreClientAuthMethod::ClientSecretPost).then_some(AuthType::RequestBody);
        match self.config.options.client_authentication {
            ClientAuthentication::ClientSecretBasic => basic,
            ClientAuthentication::ClientSecretPost => post,
            _ => basic.or(post),
        }
    }

    /// Okta's ID token may be thin: whatever it leaves out is in userinfo, or nowhere.
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
        id_token: &OktaIdToken,
        nonce: &Nonce,
    ) -> Result<VerifiedClaims, CodeFlowError> {
        match self.verify_with(&metadata, id_token, nonce) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                // The issuer may have rotated its keys since we looked, also without a `kid` or
                // under the same one, or sign with another algorithm.
                let metadata = self.provider.newer_than(&metadata).await?;
                self.verify_with(&metadata, id_token, nonce)
            }
            verified => verified,
        }
        .map_err(|error| CodeFlowError::IdToken(error.into()))
    }

    fn verify_with(
        &self,
        metadata: &Metadata,
        id_token: &OktaIdToken,
        nonce: &Nonce,
    ) -> Result<VerifiedClaims, ClaimsVerificationError> {
        let client = self.client(metadata);
        let verifier = client
            .id_token_verifier()
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
                    Err("it was issued in the future; check this server's clock".to_owned())
                }
            });
        id_token.claims(&verifier, nonce).cloned()
    }

    async fn user_info(
        &self,
        metadata: &Arc<Metadata>,
        access_token: &openidconnect::AccessToken,
        claims: &VerifiedClaims,
    ) -> Result<UserInfo, CodeFlowError> {
        let http = UserInfoClient {
            provider: &self.provider,
            metadata,
            client_id: &self.config.client_id,
        };
        self.client(metadata)
            // Userinfo of somebody else is refused (OpenID Connect Core §5.3.2).
            .user_info(access_token.clone(), Some(claims.subject().clone()))
            .map_err(|error| CodeFlowError::UserInfo(error.into()))?
            .request_async(&http)
            .await
            .map_err(|error| CodeFlowError::UserInfo(error.into()))
    }
}

/// The issuer's keys are public: a signature made with a shared secret would prove nothing about
/// it.
pub(super) fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    use CoreJwsSigningAlgorithm as Alg;
    !matches!(
        algorithm,
        Alg::HmacSha256 | Alg::HmacSha384 | Alg::HmacSha512 | Alg::None
    )
}

/// Whether an ID token that is signed with this can be accepted. openidconnect knows the name
/// ES512, but has no P-521.
pub(crate) fn is_verified(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    is_asymmetric(algorithm) && *algorithm != CoreJwsSigningAlgorithm::EcdsaP521Sha512
}

/// RFC 9207 §2.4: an `iss` that is sent must be right, and must be sent where discovery promises
/// it.
fn check_issuer_of_callback(metadata: &Metadata, iss: Option<String>) -> Result<(), CodeFlowError> {
    let expected = metadata.issuer().as_str();
    match iss {
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(CodeFlowError::OtherIssuer {
            expected: expected.to_owned(),
            found,
        }),
        None if metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported =>
        {
            Err(CodeFlowError::OtherIssuer {
                expected: expected.to_owned(),
                found: "nobody".to_owned(),
            })
        }
        None => Ok(()),
    }
}

fn token_error(error: TokenError) -> CodeFlowError {
    match error {
        RequestTokenError::ServerResponse(response) => {
            CodeFlowError::CodeRefused(response.to_string())
        }
        RequestTokenError::Request(error) => CodeFlowError::TokenEndpoint(error.into()),
        // The body may hold tokens: not into the message. JSON comes from the token endpoint
        // itself, anything else from whatever stands before it while it is down.
        RequestTokenError::Parse(error, body) => {
            let reason = format!("the answer cannot be read ({})", error.inner());
            if serde_json::from_slice::<Value>(&body).is_ok() {
                CodeFlowError::IdToken(reason.into())
            } else {
                CodeFlowError::TokenEndpoint(reason.into())
            }
        }
        RequestTokenError::Other(reason) => CodeFlowError::TokenEndpoint(reason.into()),
    }
}

/// A claim that is `null` says as much as one that is not there (OpenID Connect Core §5.3.2).
fn by_name(claims: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(mut claims)) => {
            claims.retain(|_, value| !value.is_null());
            Some(claims)
        }
        _ => None,
    }
}
