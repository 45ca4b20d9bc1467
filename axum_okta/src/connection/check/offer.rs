//! What a discovery document says that decides whether people can sign in with this app.

use okta_types::{Check, CheckName, ClientAuthentication};
use openidconnect::core::{CoreClientAuthMethod, CoreErrorResponseType, CoreJwsSigningAlgorithm};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value},
};

use super::{
    failed, passed,
    wording::{said, sentence, shortened},
};
use crate::connection::oidc::{Authentication, Metadata, PushError, RelyingParty, is_verified};

/// Reported only if the provider also offers algorithms that fail: each client's ID token algorithm
/// is set at the provider.
pub(super) fn signing_algorithms(metadata: &Metadata) -> Option<Check> {
    let name = CheckName::SigningAlgorithm;
    let offered = &metadata.additional_metadata().signing_algorithms;
    let (accepted, others): (Vec<&str>, Vec<&str>) = offered
        .iter()
        .map(String::as_str)
        .partition(|algorithm| is_accepted(algorithm));
    match (accepted.as_slice(), others.as_slice()) {
        ([], []) => Some(failed(
            name,
            "The discovery document names no algorithm for ID tokens.".to_owned(),
            ALGORITHM_REMEDY,
        )),
        ([], others) => Some(failed(
            name,
            format!(
                "This provider signs ID tokens with {} only, which this app can't accept.",
                others.join(", ")
            ),
            ALGORITHM_REMEDY,
        )),
        (_, []) => None,
        (accepted, others) => Some(passed(
            name,
            format!(
                "ID tokens signed with {} are accepted. At the provider, don't choose {} for this \
                 app: every sign-in would fail.",
                accepted.join(", "),
                others.join(", ")
            ),
        )),
    }
}

const ALGORITHM_REMEDY: &str = "At the provider, set the signing algorithm of ID tokens (id_token_signed_response_alg) to RS256 for this app. \
                                Okta's own issuers sign with RS256.";

fn is_accepted(algorithm: &str) -> bool {
    let parsed: Result<CoreJwsSigningAlgorithm, value::Error> =
        CoreJwsSigningAlgorithm::deserialize(algorithm.into_deserializer());
    parsed.is_ok_and(|algorithm| is_verified(&algorithm))
}

/// Fails if the token endpoint doesn't accept a client secret in a way that this app can send it,
/// or not in the way that the admin chose. Says so if it accepts none at all.
pub(super) fn client_authentication(party: &RelyingParty, metadata: &Metadata) -> Option<Check> {
    match party.authentication(metadata) {
        Some(Authentication::Basic | Authentication::Post | Authentication::Key) => return None,
        Some(Authentication::Public) => {
            return Some(passed(
                CheckName::ClientAuthentication,
                "The token endpoint accepts no client secret, so this app sends none. Sign-ins are protected by PKCE."
                    .to_owned(),
            ));
        }
        None => {}
    }
    let offered: Vec<&str> = metadata
        .token_endpoint_auth_methods_supported()
        .into_iter()
        .flatten()
        .map(CoreClientAuthMethod::as_ref)
        .collect();
    let offered = match offered.as_slice() {
        [] => "no method".to_owned(),
        offered => offered.join(", "),
    };
    let name = CheckName::ClientAuthentication;
    let check = match party.config.options.client_authentication {
        ClientAuthentication::Automatic => failed(
            name,
            format!(
                "The token endpoint offers {offered}. This app authenticates with a client secret: client_secret_basic \
                 or client_secret_post."
            ),
            "Allow client_secret_basic for this app at the provider. In Okta, open the app → General → Client \
             Credentials → Edit, and select Client secret. Or choose Private key here, under Advanced options.",
        ),
        chosen => failed(
            name,
            format!(
                "The token endpoint offers {offered}, not {}, which is chosen here.",
                chosen.as_str()
            ),
            "Under Advanced options, set Client authentication to Automatic, or allow the chosen method for this app \
             at the provider.",
        ),
    };
    Some(check)
}

/// Fails if this connection pushes its requests (RFC 9126), and the provider says nowhere where to.
pub(super) fn pushed_requests(party: &RelyingParty, metadata: &Metadata) -> Option<Check> {
    let offers = metadata.additional_metadata();
    let impossible =
        party.pushes(metadata) && offers.pushed_authorization_request_endpoint.is_none();
    impossible.then(|| {
        failed(
            CheckName::PushedRequests,
            "The provider has no endpoint for pushed authorization requests (PAR).".to_owned(),
            "Clear “Send sign-in requests directly to Okta” under Advanced options.",
        )
    })
}

/// What the endpoint for pushed requests says against a sign-in.
pub(super) fn refused_push(error: &PushError) -> Check {
    let name = CheckName::PushedRequests;
    let PushError::Refused(response) = error else {
        return failed(
            name,
            sentence(error),
            "This server must be able to send sign-in requests to the provider. Try again.",
        );
    };
    let said = said(response.error_description().map(String::as_str));
    match response.error() {
        CoreErrorResponseType::InvalidClient => failed(
            name,
            format!(
                "The endpoint for pushed authorization requests rejects this app’s credentials.{said}"
            ),
            "Check the client ID, and how this app authenticates: its client secret or its key.",
        ),
        error => failed(
            name,
            format!(
                "The provider rejects a pushed authorization request with “{}”.{said}",
                shortened(error.as_ref())
            ),
            "Compare the app’s settings at the provider with what the message names: most often, a Sign-in redirect URI or \
             a scope is missing.",
        ),
    }
}

/// The authorization endpoint wants requests to be pushed, which discovery doesn't say.
pub(super) fn pushed_requests_required(said: &str) -> Check {
    failed(
        CheckName::PushedRequests,
        format!("The provider requires pushed authorization requests (PAR) for this app.{said}"),
        "Select “Send sign-in requests directly to Okta” under Advanced options.",
    )
}
