//! Whether tokens are bound to this app (DPoP, RFC 9449) where the provider demands it, and can be
//! where the admin wants it.

use okta_types::{Check, CheckName};
use openidconnect::core::CoreErrorResponseType;

use super::{
    failed,
    wording::{asks_for, said},
};
use crate::connection::oidc::{Metadata, PROOF_ALGORITHM, RelyingParty};

const NAME: CheckName = CheckName::ProofOfPossession;

/// Fails if the tokens are to be bound, and discovery doesn't say that the provider accepts this
/// app's proofs: it might ignore them.
pub(super) fn offered(party: &RelyingParty, metadata: &Metadata) -> Option<Check> {
    let metadata = metadata.additional_metadata();
    if !party.config.options.dpop || metadata.offers_dpop() {
        return None;
    }
    let problem = match metadata.dpop_signing_alg_values_supported.as_slice() {
        [] => "The provider doesn't offer DPoP.".to_owned(),
        others => format!(
            "The provider accepts DPoP proofs signed with {}, not {PROOF_ALGORITHM}, which this app signs them with.",
            others.join(", ")
        ),
    };
    Some(failed(
        NAME,
        problem,
        "Clear “Bind tokens to this app (DPoP)” under Advanced options.",
    ))
}

/// What the token endpoint has against a proof, or against a request without one.
pub(super) fn refused(
    error: &CoreErrorResponseType,
    description: Option<&str>,
    bound: bool,
) -> Option<Check> {
    if !asks_for(description, "dpop") && !error.as_ref().contains("dpop") {
        return None;
    }
    let said = said(description);
    Some(match bound {
        true => failed(
            NAME,
            format!("The token endpoint rejects this app’s proof of possession.{said}"),
            "Compare the clocks: a proof is good for a few minutes. Otherwise clear “Bind tokens to this app (DPoP)” under \
             Advanced options, and switch DPoP off for this app at the provider.",
        ),
        false => failed(
            NAME,
            format!("The token endpoint requires DPoP for this app.{said}"),
            "Select “Bind tokens to this app (DPoP)” under Advanced options. Or switch it off at the provider: in Okta, \
             open the app → General → General Settings → Edit, and clear Require Demonstrating Proof of Possession \
             (DPoP) header in token requests.",
        ),
    })
}
