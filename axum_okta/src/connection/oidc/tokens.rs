//! What the token endpoint gave (RFC 6749 §5), and why it gave nothing that can be used.

use std::time::Duration;

use openidconnect::{
    OAuth2TokenResponse, RequestTokenError, StandardErrorResponse,
    core::{CoreErrorResponseType, CoreTokenType},
};
use secrecy::SecretString;

use super::{CodeFlowError, TokenResponse, prover::USE_NONCE};
use crate::outbound::HttpError;

const NOT_BOUND: &str = "its token_type is not DPoP, so the access token isn't bound to this app. Require DPoP for this \
                         app at the provider, or clear “Bind tokens to this app (DPoP)” on the settings page";

/// What came with the ID token (RFC 6749 §5.1).
pub(crate) struct Tokens {
    pub(crate) access_token: SecretString,
    /// Whether it is bound to this app's key (RFC 9449 §5).
    pub(crate) is_bound: bool,
    pub(crate) refresh_token: Option<SecretString>,
    /// How long the access token is good, if the issuer says so.
    pub(crate) expires_in: Option<Duration>,
}

impl Tokens {
    pub(super) fn of(response: &TokenResponse) -> Self {
        let refresh_token = response.refresh_token();
        Self {
            access_token: response.access_token().secret().as_str().into(),
            is_bound: is_bound(response),
            refresh_token: refresh_token.map(|token| token.secret().as_str().into()),
            expires_in: response.expires_in(),
        }
    }
}

pub(crate) type TokenError =
    RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;

pub(super) fn token_error(error: TokenError) -> CodeFlowError {
    match error {
        // After it was asked again with the nonce that it gave, if it gave one.
        RequestTokenError::ServerResponse(response) if response.error().as_ref() == USE_NONCE => {
            let problem = "it asks for a nonce (DPoP), and takes none";
            CodeFlowError::TokenAnswer(problem.to_owned())
        }
        RequestTokenError::ServerResponse(response) => {
            CodeFlowError::CodeRefused(response.to_string())
        }
        RequestTokenError::Request(error) => CodeFlowError::TokenEndpoint(error.into()),
        // The body may contain tokens, so it stays out of the message.
        RequestTokenError::Parse(error, _) => CodeFlowError::TokenAnswer(error.inner().to_string()),
        RequestTokenError::Other(reason) => CodeFlowError::TokenAnswer(reason),
    }
}

/// OpenID Connect Core §3.1.3.3: tokens of other types are used differently. Where they were to be
/// `bound`, one that isn't protects nothing (RFC 9449 §5).
pub(super) fn check_token_type(tokens: &TokenResponse, bound: bool) -> Result<(), CodeFlowError> {
    let is_as_asked = match bound {
        true => is_bound(tokens),
        false => *tokens.token_type() == CoreTokenType::Bearer,
    };
    if is_as_asked {
        return Ok(());
    }
    let problem = match bound {
        true => NOT_BOUND,
        false => "its token_type is not Bearer",
    };
    Err(CodeFlowError::TokenAnswer(problem.to_owned()))
}

pub(super) fn is_bound(tokens: &TokenResponse) -> bool {
    tokens.token_type().as_ref().eq_ignore_ascii_case("DPoP")
}
