//! Which ID tokens count (OpenID Connect Core §3.1.3.7).

use std::sync::Arc;

use chrono::Utc;
use openidconnect::{ClaimsVerificationError, ClientId, IdTokenVerifier, NonceVerifier};

use super::{
    CodeFlowError, Metadata, OktaIdToken, RelyingParty, VerifiedClaims,
    algorithms::is_asymmetric,
    provider::Origin,
    received::Received,
    times::{CLOCK_SKEW, check_not_before, check_session_expiry},
};

/// OpenID Connect Core §2.
const MAX_SUBJECT: usize = 255;

impl RelyingParty {
    pub(super) async fn verify(
        &self,
        metadata: Arc<Metadata>,
        id_token: &Received<OktaIdToken>,
        nonce: impl NonceVerifier + Clone,
    ) -> Result<VerifiedClaims, CodeFlowError> {
        let verified = match self.verify_with(&metadata, id_token, nonce.clone()) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                // The issuer may have rotated its keys since we looked, also without a `kid` or
                // under the same one, or sign with another algorithm.
                let metadata = self.provider.newer_than(&metadata, Origin::Issuer).await?;
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
        nonce: impl NonceVerifier + Clone,
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
        let others = &claims.additional_claims().0;
        check_not_before(others)
            .and_then(|()| check_session_expiry(others))
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
}
