//! Revoking a refresh token (RFC 7009).

use http::StatusCode;
use openidconnect::{StandardErrorResponse, core::CoreErrorResponseType};
use secrecy::{ExposeSecret, SecretString};

use super::{
    DiscoveryError, RelyingParty,
    post::{PostError, refusal},
};
use crate::telemetry::ProviderRequest;

/// Why a token wasn't revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RevocationError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Request(#[from] PostError),
    /// RFC 7009 §2.2.1, in the issuer's words.
    #[error("the revocation endpoint refused: {0}")]
    Refused(StandardErrorResponse<CoreErrorResponseType>),
    #[error("the revocation endpoint responded with status {0}")]
    Status(StatusCode),
}

impl RevocationError {
    /// Whether it may work later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Discovery(_) | Self::Request(PostError::Http(_) | PostError::Key(_)) => true,
            Self::Status(status) => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Request(PostError::Authentication) | Self::Refused(_) => false,
        }
    }
}

impl RelyingParty {
    /// Revokes a refresh token, and with it whatever the issuer gave for it, if the issuer has an
    /// endpoint for that. The issuer accepts a token that it doesn't know, too (§2.2).
    pub(crate) async fn revoke(&self, refresh_token: &SecretString) -> Result<(), RevocationError> {
        let metadata = self.provider.metadata().await?;
        let Some(endpoint) = &metadata.additional_metadata().revocation_endpoint else {
            return Ok(());
        };
        let parameters = [
            ("client_id", self.config.client_id.as_str()),
            ("token", refresh_token.expose_secret()),
            ("token_type_hint", "refresh_token"),
        ];
        let answer = self
            .post(ProviderRequest::Revocation, &metadata, endpoint, parameters)
            .await?;
        let status = answer.status();
        if status == StatusCode::OK {
            return Ok(());
        }
        Err(refusal(&answer).map_or(RevocationError::Status(status), RevocationError::Refused))
    }
}
